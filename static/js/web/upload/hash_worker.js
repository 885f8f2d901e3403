// SHA-256 of files, beside the page so that it stays alive. The browser's own (crypto.subtle) is missing on plain
// http addresses of an intranet, and wants the whole file in memory.
import { sha256 } from "../../../vendor/noble-hashes/sha2.js";
import { bytesToHex } from "../../../vendor/noble-hashes/utils.js";

const PIECE = 4 * 2 ** 20;

async function hashOf(file) {
  const hash = sha256.create();
  for (let start = 0; start < file.size; start += PIECE) {
    hash.update(new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer()));
  }
  return bytesToHex(hash.digest());
}

// A file that cannot be read (it was moved since) has no hash: sending it says what is wrong.
self.addEventListener("message", async ({ data: files }) => {
  self.postMessage(await Promise.all(files.map((file) => hashOf(file).catch(() => ""))));
});
