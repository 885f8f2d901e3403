// Copied shapes are kept across pages, so that they can be pasted on the next photo. (Not the system's clipboard: a page that
// is not served by https may not read it.)
import { bounds, pairs } from "./geometry.js";
import { fromServer, toRecord } from "./shape.js";

const PLACE = "annotator-clipboard";
const NEXT = "annotator-paste-on";

export function copy(shapes) {
  sessionStorage.setItem(PLACE, JSON.stringify(shapes.map(toRecord)));
}

// The copied shapes that fit on this photo, of categories that are there; a mask fits a photo of its own size alone.
export function copied(photo, hasCategory) {
  const items = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
  const fits = ({ segmentation, bbox, outline }) => {
    if (segmentation?.size) {
      return segmentation.size[0] === photo.height && segmentation.size[1] === photo.width;
    }
    if (bbox && !segmentation) return bbox[0] + bbox[2] <= photo.width && bbox[1] + bbox[3] <= photo.height;
    return (outline ?? segmentation).every((flat) => {
      const [, , right, bottom] = bounds(pairs(flat));
      return right <= photo.width && bottom <= photo.height;
    });
  };
  const there = items.filter((item) => hasCategory(item.category) && fits(item));
  return {
    shapes: there.map((item) =>
      fromServer(item.segmentation || item.outline ? item : { ...item, segmentation: [box(item.bbox)] }),
    ),
    lost: items.length - there.length,
  };
}

const box = ([x, y, w, h]) => [x, y, x + w, y, x + w, y + h, x, y + h];

export const requestPaste = () => sessionStorage.setItem(NEXT, "1");
export function consumePasteRequest() {
  const asked = sessionStorage.getItem(NEXT) !== null;
  sessionStorage.removeItem(NEXT);
  return asked;
}
