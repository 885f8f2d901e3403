// Points that are drawn or dragged come to the border of a neighbour, if they are near: to a point of it first.
import { distance, onSegment } from "./geometry.js";
import { eachPoint } from "./points.js";
import { boundsOf } from "./shape.js";

// The place that a point snaps to, within «reach» pixels of the photo; the point itself where nothing is near.
export function snap(point, shapes, reach) {
  let corner = { far: reach, at: null };
  let side = { far: reach, at: null };
  for (const shape of shapes) {
    const [left, top, right, bottom] = boundsOf(shape);
    const [x, y] = point;
    if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) continue;
    eachPoint(shape, (one, _number, next) => {
      const far = distance(point, one);
      if (far < corner.far) corner = { far, at: one };
      const place = onSegment(point, one, next);
      const beside = distance(point, place);
      if (beside < side.far) side = { far: beside, at: place };
    });
  }
  return corner.at ?? side.at ?? point;
}
