// sharp as a peer of the benchmarks: a job per line of JSON on the standard input, its cost as a line on the standard output.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { basename, extname, join, resolve } from 'node:path';
import { mkdirSync } from 'node:fs';

const sharp = createRequire(resolve('target/bench/node/package.json'))('sharp');
sharp.cache(false);
sharp.concurrency(1);

const MASTER = { name: 'master', box: { width: 2048, height: 2048, fit: 'inside' }, formats: ['jpeg'], options: { jpeg: { quality: 92, optimiseCoding: false } } };

function outputs(job) {
  const variants = job.variants.map(v => ({ name: v.name, box: { width: v.width }, formats: v.formats, options: job.options }));
  return job.master ? [MASTER, ...variants] : variants;
}

const fitted = (image, output) => image.resize({ ...output.box, withoutEnlargement: true });
const save = (image, output, format, folder) => image[format](output.options[format]).toFile(join(folder, `${output.name}.${format}`));

/** As the documentation shows it: each file from the original. */
async function loop(job, file, folder) {
  for (const output of outputs(job)) {
    for (const format of output.formats) {
      await save(fitted(sharp(file).autoOrient(), output), output, format, folder);
    }
  }
}

/** As a careful user writes it: one decode, one resize per size. */
async function once(job, file, folder) {
  const [first, ...rest] = outputs(job);
  let base = await raw(fitted(sharp(file).autoOrient(), first));
  await encode(base, first, folder);
  for (const output of rest) {
    await encode(await raw(fitted(pixels(base), output)), output, folder);
  }
}

const raw = image => image.raw().toBuffer({ resolveWithObject: true });
const pixels = ({ data, info }) => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });

async function encode(image, output, folder) {
  for (const format of output.formats) {
    await save(pixels(image), output, format, folder);
  }
}

/** Not measured: what the metrics read. */
async function png(job, file, folder) {
  await fitted(sharp(file), { box: job.variants.length ? { width: job.variants[0].width } : {} })
    .png().toFile(join(folder, `${basename(file, extname(file))}.png`));
}

const ways = { loop, once, png };

async function run(job) {
  const queue = Array.from({ length: job.repeat }, () => job.files).flat();
  const count = queue.length;
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: job.inFlight }, async (_, i) => {
    const folder = job.inFlight === 1 ? job.folder : join(job.folder, String(i));
    mkdirSync(folder, { recursive: true });
    for (let file; (file = queue.shift()) !== undefined;) {
      await ways[job.way](job, file, folder);
    }
  }));
  const spent = process.cpuUsage(cpu);
  return { images: count, cpuMicros: spent.user + spent.system, wallMicros: Number((process.hrtime.bigint() - start) / 1000n) };
}

console.log(JSON.stringify({ node: process.version, sharp: sharp.versions.sharp, libvips: sharp.versions.vips }));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await run(JSON.parse(line))));
}
