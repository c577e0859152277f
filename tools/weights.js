// `npm run weights`: makes the weights that Convoke ships, with its own commands and on pictures that it draws. The same machine makes
// the same bytes; packages/weights/made.txt tells what was done.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))

// What the file says of itself names no folder of this machine: the commands run within the folder of the data.
const folder = mkdtempSync(join(tmpdir(), 'convoke-weights-'))
const log = []

function convoke(command) {
  log.push(`$ convoke ${command}`)
  process.stderr.write(`${log.at(-1)}\n`)
  const { status, stdout } = spawnSync(process.execPath, [at('packages/cli/bin/convoke.js'), ...command.split(' ')], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`convoke ${command} ended with code ${status}.`)
  // The table of 250 classes and their confusion are left out.
  log.push(stdout.split(/\n\n(?:class|the \d+ classes) /)[0].trim(), '')
}

const threads = process.argv[2] ?? '1'

try {
  convoke('data generate silhouettes --count 120000 --test 2500 --format idx --out drawn')
  convoke(
    [
      'train classify --data drawn --from nothing --model compact --model-option widths=[32,64,128]',
      '--epochs 5 --batch-size 64 --learning-rate 5e-3 --augment flips --smoothing 0 --average 0 --validation 0.02',
      `--threads ${threads} --out run`,
    ].join(' '),
  )
  const bytes = readFileSync(join(folder, 'run', 'best.safetensors'))
  writeFileSync(at('packages/weights/classify.safetensors'), bytes)
  log.push(
    `classify.safetensors: ${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}`,
    '',
  )
  writeFileSync(at('packages/weights/made.txt'), log.join('\n'))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
