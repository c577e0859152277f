// `npm run site`: builds the documentation into apps/site/out/site. `-- dev` serves it while it is written, `-- preview` serves what was built.

import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

function run(folder, command) {
  const { status } = spawnSync(command, { cwd: folder, stdio: 'inherit', shell: true })
  if (status !== 0) {
    console.error(`site: \`${command}\` failed in ${folder}`)
    process.exit(1)
  }
}

const timeOf = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** The site's own packages, where they are not there or the lock file is newer. */
function install() {
  if (timeOf(`${here}node_modules/.package-lock.json`) >= timeOf(`${here}package-lock.json`)) return
  console.log('site: installing VitePress and TypeDoc (150 MB, in apps/site/node_modules)')
  run(here, 'npm ci')
}

async function reference() {
  const { buildReference, undocumentedAtMost } = await import('./reference/build.js')
  const { undocumented, complaints } = await buildReference()
  for (const complaint of complaints) console.error(`site: ${complaint}`)
  const tooMany = undocumented.length > undocumentedAtMost
  if (tooMany || process.argv.includes('--list')) for (const name of undocumented) console.error(`  ${name}`)
  console.log(
    `site: ${undocumented.length} public members have no description (at most ${undocumentedAtMost} may; --list names them)`,
  )
  if (tooMany || complaints.length > 0) process.exit(1)
}

const mode = process.argv.slice(2).find((word) => !word.startsWith('-')) ?? 'build'
if (!['build', 'dev', 'preview'].includes(mode)) {
  console.error(`site: '${mode}' is neither build, dev nor preview`)
  process.exit(2)
}

install()
if (mode === 'preview') run(here, 'npx --no-install vitepress preview')
else {
  // Examples run the library as it is published.
  run(root, 'npx --no-install tsc -b')
  if (mode === 'build' || !existsSync(`${here}out/reference`)) await reference()
  if (mode === 'dev') run(here, 'npx --no-install vitepress dev')
  else {
    run(here, 'npx --no-install tsc -p .')
    run(here, 'npx --no-install vitepress build')
    console.log(`site: the result is in ${here}out/site; \`npm run site -- preview\` serves it`)
  }
}
