// Reads files that were chosen one by one, as a folder, or dropped, folders among them.
// The suffixes of webapp/formats/images/kinds.py.
const PICTURES =
  /\.(jpe?g?|jf?if|mpo|a?png|bmp|dib|webp|tiff?|btf|dng|gif|p[bgpn]m|pfm|jp2|j2[kc]|jpc|jp[fx]|avif|heic|heics|heif|hif|jxl)$/i;
const SYSTEM_FILES = /^(\.|thumbs\.db$|desktop\.ini$)/i;

const isOfPeople = (file) => !SYSTEM_FILES.test(file.name);

// {files, leftOut: how many others there were}
function only(files, isMeant) {
  const taken = files.filter(isMeant);
  return { files: taken, leftOut: files.length - taken.length };
}

// Files that were chosen one by one are kept, whatever they are called, except those of the operating system.
const withoutSystemFiles = (files) => only(files, isOfPeople);

// Of a folder only the photos are kept; files of the operating system, which nobody sees, are not counted.
const photosOf = (files) => only(files.filter(isOfPeople), (file) => PICTURES.test(file.name));

// ``everything``: labels lie in the folders too.
export function chosen(input, everything) {
  const files = [...input.files];
  if (everything) return { files, leftOut: 0 };
  return input.webkitdirectory ? photosOf(files) : withoutSystemFiles(files);
}

// Where a file lay in the chosen folder: two photos of one name are told apart by it.
export const pathOf = (file) => file.pathInFolder || file.webkitRelativePath || file.name;

// The entries must be read before the first await: they are gone after the event.
export async function dropped(transfer, everything) {
  const files = [...transfer.files];
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const folders = entries.filter((entry) => entry.isDirectory);
  if (!folders.length) return everything ? { files, leftOut: 0 } : withoutSystemFiles(files);
  const beside = await Promise.all(entries.filter((entry) => entry.isFile).map(fileOf));
  const inside = [];
  for (const folder of folders) await walk(folder, inside);
  if (everything) return { files: [...beside, ...inside], leftOut: 0 };
  const [one, other] = [withoutSystemFiles(beside), photosOf(inside)];
  return { files: [...one.files, ...other.files], leftOut: one.leftOut + other.leftOut };
}

function fileOf(entry) {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

async function walk(folder, files) {
  const reader = folder.createReader();
  // A call gives at most 100 entries, and none at the end.
  for (;;) {
    const entries = await new Promise((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (!entries.length) return;
    for (const entry of entries) {
      if (entry.isDirectory) await walk(entry, files);
      else {
        files.push(Object.assign(await fileOf(entry), { pathInFolder: entry.fullPath.replace(/^\//, "") }));
      }
    }
  }
}
