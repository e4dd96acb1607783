// Answers frames with the expression network of the npm package @vladmandic/face-api, which learned from pictures of
// real people; see benchmarks/people_peer.py, which starts it.
// In: for each frame its width, its height and whether all of it is one face, as 4-byte little-endian
// integers, then its RGB bytes. Out: a line of JSON
// each, the probabilities by name of the largest face, or null where it finds none.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.argv[2], "node_modules/"));
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(path.join(process.argv[2], "node_modules/@tensorflow/tfjs-backend-wasm/dist/"));
await tf.setBackend("wasm");
const faceapi = require("@vladmandic/face-api/dist/face-api.node-wasm.js");
const models = path.join(process.argv[2], "node_modules/@vladmandic/face-api/model");
await faceapi.nets.ssdMobilenetv1.loadFromDisk(models);
await faceapi.nets.faceExpressionNet.loadFromDisk(models);

let held = Buffer.alloc(0);
for await (const chunk of process.stdin) {
  held = Buffer.concat([held, chunk]);
  while (held.length >= 12) {
    const width = held.readUInt32LE(0), height = held.readUInt32LE(4), whole = held.readUInt32LE(8), end = 12 + 3 * width * height;
    if (held.length < end) break;
    const frame = tf.tensor3d(new Uint8Array(held.subarray(12, end)), [height, width, 3], "int32");
    held = held.subarray(end);
    if (whole) {
      process.stdout.write(JSON.stringify(await faceapi.nets.faceExpressionNet.predictExpressions(frame)) + "\n");
      frame.dispose();
      continue;
    }
    const options = new faceapi.SsdMobilenetv1Options({ minConfidence: 0.2 });
    const faces = await faceapi.detectAllFaces(frame, options).withFaceExpressions();
    frame.dispose();
    faces.sort((a, b) => b.detection.box.area - a.detection.box.area);
    process.stdout.write(JSON.stringify(faces.length ? faces[0].expressions : null) + "\n");
  }
}
