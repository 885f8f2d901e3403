// The editor of the open photo. docs/interface.md («Annotator») says how another module adds to it.
import { addComments } from "../comments.js";
import { addOutline } from "../outline_tool.js";
import { addActions, addPhotoActions } from "./actions.js";
import { addCategorySearch } from "./category_search.js";
import { BoxTool, EllipseTool, FreehandTool, PolygonTool } from "./draw_tools.js";
import { NeighbourTool, SimplifyTool } from "./offer_tools.js";
import { addOperations } from "./operations.js";
import { addHistory, addPanels } from "./panels.js";
import { PhotoEditor } from "./photo_editor.js";
import { PhotoTurn } from "./photo_turn.js";
import { addPicture } from "./picture.js";
import { Pointers } from "./pointers.js";
import { SelectTool } from "./select_tool.js";
import { ShapeList } from "./shape_list.js";
import { BrushTool, HoleTool, LineOfWidth, SplitTool } from "./shape_tools.js";
import { Status } from "./status.js";

let open;
const opened = new Promise((resolve) => (open = resolve));

// The editor of this page, as soon as its labels are there.
export const editor = () => opened;

export async function start(element) {
  const made = new PhotoEditor(element);
  const tools = {
    select: new SelectTool(made), // the first one is in use
    frame: new SelectTool(made, { framing: true }),
    polygon: new PolygonTool(made),
    box: new BoxTool(made),
    ellipse: new EllipseTool(made),
    freehand: new FreehandTool(made),
    line: new LineOfWidth(made),
    brush: new BrushTool(made, "brush"),
    eraser: new BrushTool(made, "erase"),
    hole: new HoleTool(made),
    split: new SplitTool(made),
    simplify: new SimplifyTool(made),
    neighbour: new NeighbourTool(made),
  };
  for (const [name, tool] of Object.entries(tools)) made.addTool(name, tool);
  made.pointers = new Pointers(made);
  made.list = new ShapeList(made, document.getElementById("shape-list"));
  made.status = new Status(made);
  made.turn = new PhotoTurn(made);
  addActions(made);
  addPhotoActions(made);
  addPicture(made);
  addOperations(made);
  addPanels(made);
  addCategorySearch(made);
  addHistory(made);
  addOutline(made);
  addComments(made);
  await made.load();
  made.status.isOpen = true;
  open(made);
  made.turn.prepare();
}
