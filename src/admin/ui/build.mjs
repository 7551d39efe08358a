// Makes the pages: bundles main.js and main.css, compresses every asset, and writes them as a C++ source.
// usage: node build.mjs PACKAGES OUT   (PACKAGES: a node_modules folder; OUT gets ui_assets.cpp and ui/)
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const [packages, out] = process.argv.slice(2).map((name) => path.resolve(name));
const require = createRequire(path.join(packages, 'any.js'));
const esbuild = require('esbuild');

// What the gateway may ask a visitor to load, compressed.
const sizeLimit = 200_000;
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

async function bundle() {
  const result = await esbuild.build({
    entryPoints: [path.join(here, 'main.js'), path.join(here, 'main.css')],
    outdir: path.join(out, 'ui'),
    absWorkingDir: here,
    nodePaths: [packages],
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    charset: 'utf8',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const files = new Map(result.outputFiles.map((file) => [path.basename(file.path), Buffer.from(file.contents)]));
  return { files, inputs: Object.keys(result.metafile.inputs) };
}

// The licences of the packages that are in the bundle, as they ask for.
function licencesOf(inputs) {
  const names = inputs
    .map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
    .filter((name) => name !== undefined);
  const texts = [...new Set(names)].sort().map((name) => {
    const folder = path.join(packages, name);
    const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file`);
    const text = fs.readFileSync(path.join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return Buffer.from(texts.join(`\n${'-'.repeat(72)}\n\n`));
}

function literalOf(bytes) {
  // Octal escapes of three digits never run into the byte behind them.
  const text = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  const lines = [];
  for (let at = 0; at < text.length; at += 25) lines.push(`    "${text.slice(at, at + 25).join('')}"`);
  return lines.join('\n');
}

function sourceOf(assets) {
  const entries = assets.map(({ name, type, etag, gzip }) =>
    `  UiAsset{"${name}", "${type}", "${etag}",\n    std::string_view(\n${literalOf(gzip)},\n    ${gzip.length})},`);
  return `// Made by src/admin/ui/build.mjs; changes are lost.
#include "admin/ui_assets.h"

#include <array>

namespace fastgate::admin {

namespace {

constexpr std::array<UiAsset, ${assets.length}> kAssets{
${entries.join('\n')}
};

}  // namespace

std::span<const UiAsset> ui_assets() { return kAssets; }

}  // namespace fastgate::admin
`;
}

const { files, inputs } = await bundle();
files.set('licences.txt', licencesOf(inputs));
for (const name of ['index.html', 'icon.svg']) files.set(name, fs.readFileSync(path.join(here, name)));

fs.rmSync(path.join(out, 'ui'), { recursive: true, force: true });
fs.mkdirSync(path.join(out, 'ui'), { recursive: true });
const assets = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, content]) => {
  fs.writeFileSync(path.join(out, 'ui', name), content);
  const digest = crypto.createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { name, type: types[path.extname(name)], etag: `\\"${digest}\\"`, gzip: zlib.gzipSync(content, { level: 9 }) };
});
const total = assets.reduce((sum, asset) => sum + asset.gzip.length, 0);
if (total > sizeLimit) throw new Error(`the pages are ${total} bytes compressed, the limit is ${sizeLimit}`);
fs.writeFileSync(path.join(out, 'ui_assets.cpp'), sourceOf(assets));
