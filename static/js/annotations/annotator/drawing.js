// Draws shapes, handles and what a tool is drawing. «pixel» is the side of a pixel of the screen in those of the photo.
import { middle } from "./geometry.js";

const DARK = "#17212b";
const paths = new WeakMap();

// Onto a context or a path.
function trace(onto, points, closed = false) {
  points.forEach(([x, y], at) => (at ? onto.lineTo(x, y) : onto.moveTo(x, y)));
  if (closed) onto.closePath();
}

function pathOf(shape) {
  let path = paths.get(shape);
  if (path) return path;
  path = new Path2D();
  for (const points of shape.outlines) trace(path, points, true);
  paths.set(shape, path);
  return path;
}

// The path that was begun, so that it is seen on every ground: white, and the colour over its middle.
function strokeTwice(context, color, width) {
  for (const [thickness, style] of [
    [2 * width, "#fff"],
    [width, color],
  ]) {
    context.lineWidth = thickness;
    context.strokeStyle = style;
    context.stroke();
  }
}

export function drawShape(
  context,
  shape,
  { color, pixel, opacity, strong = false, dashed = false, locked = false },
) {
  const path = pathOf(shape);
  context.fillStyle = context.strokeStyle = color;
  context.globalAlpha = Math.min(1, opacity + (strong ? 0.15 : 0));
  if (!dashed) context.fill(path, "evenodd");
  context.globalAlpha = 1;
  if (strong) {
    context.strokeStyle = "#fff";
    context.lineWidth = 5 * pixel;
    context.stroke(path);
    context.strokeStyle = color;
  }
  context.lineWidth = (strong ? 3 : 2) * pixel;
  const pattern = dashed ? [8, 5] : locked ? [2, 3] : null;
  if (pattern) context.setLineDash(pattern.map((length) => length * pixel));
  context.stroke(path);
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

export function drawHandles(context, shape, eachPoint, { pixel, color, fingers, chosen }) {
  const side = (fingers ? 9 : 5) * pixel;
  context.lineWidth = 1.5 * pixel;
  context.strokeStyle = DARK;
  eachPoint(shape, (point, number, next) => {
    const size = number === chosen ? side + 2 * pixel : side;
    context.fillStyle = number === chosen ? color : "#fff";
    context.fillRect(point[0] - size, point[1] - size, 2 * size, 2 * size);
    context.strokeRect(point[0] - size, point[1] - size, 2 * size, 2 * size);
    if (shape.isMask) return;
    context.beginPath();
    context.arc(...middle(point, next), (fingers ? 6 : 3.5) * pixel, 0, 2 * Math.PI);
    context.fillStyle = "rgb(255 255 255 / 75%)";
    context.fill();
    context.stroke();
  });
}

export function drawDraft(context, draft, pixel) {
  const { points, pointer, closed, color, width, frame, circle, cursor } = draft;
  const line = pointer && !closed ? [...points, pointer] : points;
  if (width) drawStroke(context, line, color, width);
  else if (line.length) {
    context.beginPath();
    trace(context, line, closed);
    if (frame) context.setLineDash([6 * pixel, 4 * pixel]);
    strokeTwice(context, color, 2 * pixel);
    context.setLineDash([]);
  }
  context.fillStyle = "#fff";
  for (const point of draft.freehand || draft.bare || frame ? [] : points) {
    context.fillRect(point[0] - 4 * pixel, point[1] - 4 * pixel, 8 * pixel, 8 * pixel);
  }
  if (circle) {
    context.beginPath();
    context.arc(...circle.at, circle.radius, 0, 2 * Math.PI);
    strokeTwice(context, DARK, 1.5 * pixel);
  }
  if (cursor) drawCross(context, cursor, pixel);
}

// As wide as the brush or the line will be; a single point is a dab.
function drawStroke(context, line, color, width) {
  if (!line.length) return;
  context.beginPath();
  trace(context, line.length > 1 ? line : [line[0], line[0]]);
  context.lineCap = "round";
  context.globalAlpha = 0.5;
  context.lineWidth = width;
  context.strokeStyle = color;
  context.stroke();
  context.globalAlpha = 1;
  context.lineCap = "butt";
}

// The cursor of the keyboard.
function drawCross(context, [x, y], pixel) {
  const arm = 14 * pixel;
  context.beginPath();
  trace(context, [
    [x - arm, y],
    [x + arm, y],
  ]);
  trace(context, [
    [x, y - arm],
    [x, y + arm],
  ]);
  strokeTwice(context, DARK, 2 * pixel);
}
