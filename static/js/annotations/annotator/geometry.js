// Points are [x, y] in pixels of the photo; an outline is a list of points, closed without repeating the first.

// From a flat list [x, y, x, y, …], as COCO has it.
export const pairs = (flat) =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

export const flats = (outlines) => outlines.map((points) => points.flat());

export function bounds(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return [left, top, right, bottom];
}

export function area(points) {
  let twice = 0;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    twice += points[j][0] * points[i][1] - points[i][0] * points[j][1];
  }
  return Math.abs(twice) / 2;
}

export function contains(points, [x, y]) {
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [ax, ay] = points[i];
    const [bx, by] = points[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

export const middle = ([ax, ay], [bx, by]) => [(ax + bx) / 2, (ay + by) / 2];
export const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);
export const rectangle = ([ax, ay], [bx, by]) => [
  [Math.min(ax, bx), Math.min(ay, by)],
  [Math.max(ax, bx), Math.min(ay, by)],
  [Math.max(ax, bx), Math.max(ay, by)],
  [Math.min(ax, bx), Math.max(ay, by)],
];

export function clamp([x, y], { width, height }) {
  return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
}

// As far as (dx, dy) can be followed without leaving the photo.
export function within([left, top, right, bottom], dx, dy, { width, height }) {
  return [Math.max(-left, Math.min(dx, width - right)), Math.max(-top, Math.min(dy, height - bottom))];
}

// Outlines moved by (dx, dy), but not out of the photo.
export function shifted(outlines, dx, dy, photo) {
  const [x, y] = within(bounds(outlines.flat()), dx, dy, photo);
  return outlines.map((points) => points.map(([px, py]) => [px + x, py + y]));
}

// The place of the segment from a to b that is nearest to a point.
export function onSegment([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along =
    dx || dy ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy))) : 0;
  return [ax + along * dx, ay + along * dy];
}

export const toSegment = (point, a, b) => distance(point, onSegment(point, a, b));

// An ellipse inside the box of two corners, as a polygon of points that lie close on the screen.
export function ellipse(one, other, scale) {
  const [[left, top], , [right, bottom]] = rectangle(one, other);
  const [rx, ry] = [(right - left) / 2, (bottom - top) / 2];
  const count = Math.max(16, Math.min(72, Math.round(2 * Math.sqrt(Math.max(rx, ry) * scale))));
  return Array.from({ length: count }, (_none, at) => {
    const turn = (2 * Math.PI * at) / count;
    return [left + rx + rx * Math.cos(turn), top + ry + ry * Math.sin(turn)];
  });
}

// Ramer, Douglas and Peucker: no point of the line is further than the tolerance from the result.
export function simplify(points, tolerance) {
  const keep = new Set([0, points.length - 1]);
  const parts = [[0, points.length - 1]];
  while (parts.length) {
    const [first, last] = parts.pop();
    let [furthest, most] = [-1, tolerance];
    for (let i = first + 1; i < last; i++) {
      const far = toSegment(points[i], points[first], points[last]);
      if (far > most) [furthest, most] = [i, far];
    }
    if (furthest < 0) continue;
    keep.add(furthest);
    parts.push([first, furthest], [furthest, last]);
  }
  return points.filter((_point, index) => keep.has(index));
}
