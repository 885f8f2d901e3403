// The editor of the open photo. docs/interface.md («Annotator») says how another module adds to it.
import { addActions } from "./actions.js";
import { addCategorySearch } from "./category_search.js";
import { addHistory } from "./history.js";
import { PhotoEditor } from "./photo_editor.js";
import { addOperations } from "./operations.js";
import { addPanels } from "./panels.js";
import { addPhotoActions } from "./photo_actions.js";
import { PhotoTurn } from "./photo_turn.js";
import { addPicture } from "./picture.js";
import { Pointers } from "./pointers.js";
import { ShapeList } from "./shape_list.js";
import { Status } from "./status.js";

let opened = null;
const waiting = [];

// The editor of this page, as soon as its labels are there.
export const editor = () =>
  opened ? Promise.resolve(opened) : new Promise((resolve) => waiting.push(resolve));

export async function start(element) {
  const made = new PhotoEditor(element);
  made.pointers = new Pointers(made.stage, (event) => made.toolFor(event));
  made.list = new ShapeList(made, document.getElementById("shape-list"));
  made.status = new Status(made);
  made.turn = new PhotoTurn(made);
  for (const add of [
    addActions,
    addPhotoActions,
    addPicture,
    addOperations,
    addPanels,
    addCategorySearch,
    addHistory,
  ]) {
    add(made);
  }
  made.chooseKeptCategory();
  await made.load();
  opened = made;
  made.status.isOpen = true;
  for (const resolve of waiting) resolve(made);
  made.turn.prepare();
}
