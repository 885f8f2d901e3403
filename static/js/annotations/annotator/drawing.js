// Draws shapes, handles and what a tool is drawing. «pixel» is the side of a pixel of the screen in those of the photo.
import { middle } from "./geometry.js";
import { eachPoint } from "./points.js";
import { cached } from "./shape.js";

const DARK = "#17212b";

function trace(path, points, closed = false) {
  points.forEach(([x, y], at) => (at ? path.lineTo(x, y) : path.moveTo(x, y)));
  if (closed) path.closePath();
}

const pathOf = cached(({ outlines }) => {
  const path = new Path2D();
  for (const points of outlines) trace(path, points, true);
  return path;
});

function stroke(context, path, color, width) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke(path);
}

// So that it is seen on every ground: white, and the colour over its middle.
function strokeTwice(context, path, color, width) {
  stroke(context, path, "#fff", 2 * width);
  stroke(context, path, color, width);
}

function disc([x, y], radius) {
  const path = new Path2D();
  path.arc(x, y, radius, 0, 2 * Math.PI);
  return path;
}

export function drawShape(context, shape, look) {
  const { color, pixel, opacity, strong = false, dashed = false, locked = false } = look;
  const path = pathOf(shape);
  context.fillStyle = color;
  context.globalAlpha = Math.min(1, opacity + (strong ? 0.15 : 0));
  if (!dashed) context.fill(path, "evenodd");
  context.globalAlpha = 1;
  if (strong) stroke(context, path, "#fff", 5 * pixel);
  const pattern = dashed ? [8, 5] : locked ? [2, 3] : null;
  if (pattern) context.setLineDash(pattern.map((length) => length * pixel));
  stroke(context, path, color, (strong ? 3 : 2) * pixel);
  if (pattern) context.setLineDash([]);
}

// A word above an outline, but not beyond the edges of what is seen.
export function write(context, { outlines, label, color }, [left, top, right], pixel) {
  const highest = outlines[0].reduce((best, point) => (point[1] < best[1] ? point : best));
  context.font = `600 ${13 * pixel}px sans-serif`;
  const [width, height] = [context.measureText(label).width + 8 * pixel, 18 * pixel];
  const [x, y] = [Math.max(left, Math.min(highest[0], right - width)), Math.max(top, highest[1] - height)];
  context.fillStyle = "rgb(255 255 255 / 85%)";
  context.fillRect(x, y, width, height);
  context.fillStyle = DARK;
  context.fillText(label, x + 4 * pixel, y + 13 * pixel);
  context.fillStyle = color;
  context.fillRect(x, y, 2 * pixel, height);
}

export function drawHandles(context, shape, { pixel, color, fingers, chosen }) {
  const side = (fingers ? 9 : 5) * pixel;
  context.lineWidth = 1.5 * pixel;
  context.strokeStyle = DARK;
  eachPoint(shape, ([x, y], number, next) => {
    const isChosen = number === chosen;
    const size = isChosen ? side + 2 * pixel : side;
    context.fillStyle = isChosen ? color : "#fff";
    context.fillRect(x - size, y - size, 2 * size, 2 * size);
    context.strokeRect(x - size, y - size, 2 * size, 2 * size);
    if (shape.isMask) return;
    const mark = disc(middle([x, y], next), (fingers ? 6 : 3.5) * pixel);
    context.fillStyle = "rgb(255 255 255 / 75%)";
    context.fill(mark);
    context.stroke(mark);
  });
}

export function drawDraft(context, draft, pixel) {
  const { points, pointer, closed, color, width, frame, circle, cursor } = draft;
  const line = pointer && !closed ? [...points, pointer] : points;
  const path = new Path2D();
  trace(path, line, closed);
  if (width) {
    // As wide as the brush or the line will be; a single point is a dab.
    if (line.length === 1) path.lineTo(...line[0]);
    Object.assign(context, { lineCap: "round", globalAlpha: 0.5 });
    stroke(context, path, color, width);
    Object.assign(context, { lineCap: "butt", globalAlpha: 1 });
  } else {
    if (frame) context.setLineDash([6 * pixel, 4 * pixel]);
    strokeTwice(context, path, color, 2 * pixel);
    context.setLineDash([]);
  }
  context.fillStyle = "#fff";
  for (const [x, y] of draft.freehand || draft.bare || frame ? [] : points) {
    context.fillRect(x - 4 * pixel, y - 4 * pixel, 8 * pixel, 8 * pixel);
  }
  if (circle) strokeTwice(context, disc(circle.at, circle.radius), DARK, 1.5 * pixel);
  if (cursor) {
    const [[x, y], arm] = [cursor, 14 * pixel];
    const cross = new Path2D(`M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`);
    strokeTwice(context, cross, DARK, 2 * pixel);
  }
}
