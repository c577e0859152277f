import { afterEach, describe, expect, it } from 'vitest'
import { findPython } from './python.ts'

const variable = 'CONVOKE_BENCH_TEST_PYTHON'

afterEach(() => {
  delete process.env[variable]
})

describe('the Python of a peer', () => {
  it('is the command that a variable names, with the words behind it', () => {
    // Answers as a Python would that has every module: it ends well whatever it is given.
    process.env[variable] = ' /usr/bin/env true '
    expect(findPython('json', variable)).toEqual(['/usr/bin/env', 'true'])
  })

  it('is refused where it is named and cannot import the module', () => {
    process.env[variable] = '/usr/bin/env false'
    expect(() => findPython('json', variable)).toThrow(
      `bench: ${variable} is "/usr/bin/env false", which cannot import json. Name a Python that can, or unset it.`,
    )
  })

  it('is nobody where none has the module', () => {
    expect(findPython('convoke_has_no_such_module')).toBeUndefined()
    process.env[variable] = ''
    expect(findPython('convoke_has_no_such_module', variable)).toBeUndefined()
  })
})
