// Copied shapes are kept across pages, so that they can be pasted on the next photo. (Not the system's clipboard: a page that
// is not served by https may not read it.)
import { boundsOf, fromServer, toRecord } from "./shape.js";

const PLACE = "annotator-clipboard";

export function copy(shapes) {
  sessionStorage.setItem(PLACE, JSON.stringify(shapes.map(toRecord)));
}

// The copied shapes that fit on this photo, of categories that are there; a mask fits a photo of its own size alone.
export function copied(photo, hasCategory) {
  const items = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
  const fits = (shape) => {
    const size = shape.exact?.segmentation?.size;
    if (size) return size[0] === photo.height && size[1] === photo.width;
    const [, , right, bottom] = boundsOf(shape);
    return right <= photo.width && bottom <= photo.height;
  };
  const shapes = items.map(fromServer).filter((shape) => hasCategory(shape.category) && fits(shape));
  return { shapes, lost: items.length - shapes.length };
}
