// Programs in Python, run by the tests: by PyTorch and TensorFlow where there are any, for TensorFlow by a stand-in otherwise.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { it } from 'vitest'

const python = process.env['PYTHON'] ?? '/usr/bin/python3'

const has = (module: string): boolean => spawnSync(python, ['-c', `import ${module}`], { timeout: 60_000 }).status === 0

const standIn = fileURLToPath(new URL('stand-in', import.meta.url))

export interface Framework {
  readonly name: 'PyTorch' | 'TensorFlow'
  /** How tests call it: they say what really ran. */
  readonly ranBy: string
  /** What a program prints. Throws with what it complains of. */
  readonly run: (program: string, options?: { readonly input?: string; readonly folder?: string }) => string
}

function framework(name: Framework['name'], ranBy: string, path?: string): Framework {
  const env = path === undefined ? process.env : { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' }
  return {
    ...{ name, ranBy },
    run: (program, { input = '', folder } = {}) => {
      const { status, stdout, stderr } = spawnSync(python, ['-c', program], {
        ...{ input, cwd: folder, env, encoding: 'utf8', timeout: 240_000, maxBuffer: 2 ** 27 },
      })
      if (status !== 0) throw new Error(`${ranBy}: ${stderr.slice(-3000)}`)
      return stdout
    },
  }
}

/** Those that can be run here. For one that cannot there is a skipped test which says why. */
export function frameworks(): readonly Framework[] {
  if (!has('torch, numpy')) {
    it.skip(`in PyTorch and TensorFlow are not tested: ${python} has no torch (apt-get install python3-torch, or set PYTHON)`, () => {})
    return []
  }
  return [
    framework('PyTorch', 'PyTorch'),
    has('tensorflow')
      ? framework('TensorFlow', 'TensorFlow')
      : framework(
          'TensorFlow',
          'TensorFlow’s documented functions, by a stand-in: there is no TensorFlow here',
          standIn,
        ),
  ]
}
