// Runs inside VIA's own page: fills it from the server and saves back. VIA calls _via_load_submodules at its start;
// project_open_parse_json_file loads a project, project_save_with_confirm is what its save button calls.
(() => {
  const { dataset } = document.currentScript;
  let { base } = dataset;
  let photos = {};
  let words = {};
  let saving = false;
  const asSaved = new Map();

  const notify = (message, level) => {
    window.show_message?.(message, 8000);
    window.parent.postMessage({ via: "message", message, level }, "*");
  };
  const content = (key) => {
    const { regions = [], file_attributes: about = {} } = window._via_img_metadata[key];
    return JSON.stringify({ regions, no_object: about.no_object === "yes" });
  };
  const changed = () =>
    Object.keys(photos).filter((key) => key in window._via_img_metadata && content(key) !== asSaved.get(key));

  // By id: a file name may hold characters that have a meaning in an address.
  function findPhotos() {
    for (const [key, photo] of Object.entries(photos)) {
      if (window._via_img_src) window._via_img_src[key] = `${base}photos/${photo.id}`;
    }
  }

  // In its COCO, VIA cuts the fraction off the sides of a box.
  function keepFractions(write) {
    return (shape) => {
      const annotation = write(shape);
      if (shape.name !== "rect") return annotation;
      const { x, y, width, height } = shape;
      const corners = [x, y, x + width, y, x + width, y + height, x, y + height];
      return { ...annotation, segmentation: [corners], area: width * height, bbox: [x, y, width, height] };
    };
  }

  async function ask(path, options) {
    const answer = await fetch(base + path, options);
    const reply = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(reply.message), { reply });
    return reply;
  }

  window._via_load_submodules = async () => {
    try {
      const { project, ...rest } = await ask(`project?${dataset.query}`);
      ({ photos, words } = rest);
      // Not earlier: VIA defines its own functions further down in its page.
      window._via_file_resolve_all_to_default_filepath = findPhotos;
      window.project_save_with_confirm = save;
      window.via_region_shape_to_coco_annotation = keepFractions(window.via_region_shape_to_coco_annotation);
      window.project_open_parse_json_file(JSON.stringify(project));
      for (const key of Object.keys(photos)) asSaved.set(key, content(key));
      window.parent.postMessage({ via: "ready" }, "*");
    } catch (error) {
      notify(error.reply?.message ?? String(error), "error");
    }
  };

  async function save() {
    const keys = changed();
    if (saving) return;
    if (!keys.length) return notify(words.nothing, "info");
    saving = true;
    window.show_message?.(words.saving, 60000);
    const sent = new Map(keys.map((key) => [key, content(key)]));
    const body = JSON.stringify(
      keys.map((key) => ({
        id: photos[key].id,
        version: photos[key].version,
        base: JSON.parse(asSaved.get(key)).regions,
        ...JSON.parse(sent.get(key)),
      })),
    );
    try {
      const { message, complete, versions, joined } = await ask("labels", {
        method: "POST",
        headers: { "Content-Type": "text/plain" },
        body,
      });
      for (const key of keys) {
        const version = versions[photos[key].id];
        if (version === undefined) continue;
        const regions = joined[photos[key].id];
        const isAsSent = content(key) === sent.get(key);
        // Somebody else changed it too: VIA shows what is stored now, unless it was changed here since; then the next
        // save joins both again.
        if (!regions || isAsSent) photos[key].version = version;
        asSaved.set(key, sent.get(key));
        if (!regions || !isAsSent) continue;
        window._via_img_metadata[key].regions = regions;
        asSaved.set(key, content(key));
        // As VIA itself does after a photo was loaded.
        window._via_load_canvas_regions?.();
        window._via_redraw_reg_canvas?.();
      }
      notify(message, complete ? "success" : "error");
    } catch (error) {
      notify(error.reply?.message ?? words.failed, "error");
    } finally {
      saving = false;
    }
  }

  // The surrounding page sends a fresh token before the old one expires.
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || typeof data?.base !== "string") return;
    base = data.base;
    findPhotos();
  });
  window.addEventListener("beforeunload", (event) => changed().length && event.preventDefault());
})();
