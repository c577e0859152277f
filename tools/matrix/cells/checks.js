// Test runners, compilers, and the checks of packages.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { must } from '../host.js'
import { appFolder } from './bundlers.js'

const bin = (tools, name, path) => join(tools, 'node_modules', name, path)

const answerIn = (folder) => JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'))

const onNode = (version, args, options) =>
  version === undefined
    ? must(process.execPath, args, options)
    : must('npx', ['-y', '-p', `node@${version}`, 'node', ...args], options)

const jestCommonJs = [undefined, '22', '24'].map((version) => ({
  name: `Jest, CommonJS${version === undefined ? '' : `, Node ${version}`}`,
  backend: 'native',
  run: async ({ tools }) => {
    const folder = appFolder(tools, 'jest-commonjs')
    const { transformSync } = createRequire(join(tools, 'package.json'))('esbuild')
    const { code } = transformSync(readFileSync(join(folder, 'compute.mjs'), 'utf8'), { format: 'cjs' })
    writeFileSync(join(folder, 'compute.cjs'), code)
    await onNode(version, [bin(tools, 'jest', 'bin/jest.js'), 'jest-commonjs.test.js'], { cwd: folder })
    return answerIn(folder)
  },
}))

const jestModules = {
  name: 'Jest, ES modules',
  backend: 'native',
  run: async ({ tools }) => {
    const folder = appFolder(tools, 'jest-modules')
    const jest = { transform: {}, testMatch: ['**/module.test.js'] }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', jest }))
    await must(process.execPath, ['--experimental-vm-modules', bin(tools, 'jest', 'bin/jest.js')], { cwd: folder })
    return answerIn(folder)
  },
}

const vitest = {
  name: 'Vitest',
  backend: 'native',
  run: async ({ tools }) => {
    const folder = appFolder(tools, 'vitest')
    const args = ['run', '--globals', 'module.test.js']
    await must(process.execPath, [bin(tools, 'vitest', 'vitest.mjs'), ...args], { cwd: folder })
    return answerIn(folder)
  },
}

/** How a project may resolve modules: of what kind its own are, `module`, and `moduleResolution`. */
const projects = {
  'ES modules': ['module', 'NodeNext', 'NodeNext'],
  CommonJS: ['commonjs', 'NodeNext', 'NodeNext'],
  bundler: ['module', 'ESNext', 'bundler'],
}

const types = ['5.4', '5.9', '6', '7'].map((version) => ({
  name: `TypeScript ${version}, skipLibCheck: false`,
  text: Object.keys(projects).join(', '),
  run: async ({ tools }) => {
    const folder = appFolder(tools, `types-${version}`)
    for (const [type, module, moduleResolution] of Object.values(projects)) {
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
      const compilerOptions = {
        ...{ strict: true, skipLibCheck: false, noEmit: true, target: 'ES2022' },
        ...{ module, moduleResolution, types: ['node'] },
      }
      const settings = { compilerOptions, files: ['types.ts'] }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
      await must(process.execPath, [bin(tools, `typescript-${version}`, 'bin/tsc'), '-p', '.'], { cwd: folder })
    }
  },
}))

const attw = {
  name: 'attw (are the types wrong)',
  text: 'convoke',
  run: async ({ tools, archives }) => {
    // How TypeScript resolved before `exports` (node10) finds no doors in any package, and TypeScript 7 has dropped it.
    const args = [archives.library, '--profile', 'node16', '--format', 'ascii']
    await must(process.execPath, [bin(tools, '@arethetypeswrong/cli', 'dist/index.js'), ...args])
  },
}

const publint = {
  name: 'publint --strict',
  text: 'convoke, convoke-cli, convoke-weights',
  run: async ({ tools, archives }) => {
    for (const archive of Object.values(archives))
      await must(process.execPath, [bin(tools, 'publint', 'src/cli.js'), '--strict', archive])
  },
}

export const checks = [...jestCommonJs, jestModules, vitest, ...types, attw, publint]
