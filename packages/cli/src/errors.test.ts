import { readFileSync } from 'node:fs'
import { ConvokeError } from 'convoke/shapes'
import { describe, expect, it } from 'vitest'
import { describeError, exitCodeOf, UsageError } from './errors.ts'

const thrownBy = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('an error', () => {
  it('that is a refusal is said as it is, by its own exit code', () => {
    expect([describeError(new ConvokeError('no.')), exitCodeOf(new ConvokeError('no.'))]).toEqual(['no.', 1])
    expect([describeError(new UsageError('no.')), exitCodeOf(new UsageError('no.'))]).toEqual(['no.', 2])
  })

  it('of the system is said in words, with the file', () => {
    expect(describeError(thrownBy(() => readFileSync('/nowhere/x')))).toBe('/nowhere/x does not exist. Check the path.')
    expect(describeError(thrownBy(() => readFileSync('.')))).toMatch(/is a folder\. Name a file\.$/)
    const odd = Object.assign(new Error('EPROTO: protocol error, read'), { code: 'EPROTO', syscall: 'read' })
    expect(describeError(odd)).toBe('the system refuses read: EPROTO: protocol error, read')
  })

  it('of memory says what to do', () => {
    expect(describeError(thrownBy(() => new ArrayBuffer(2 ** 53)))).toMatch(
      /^there is not enough memory for this \(.*\)\. Use smaller pictures or batches, or fewer examples\.$/,
    )
    expect(describeError(thrownBy(() => new Float32Array(2 ** 40)))).toMatch(/^there is not enough memory/)
  })

  it('of any other kind is one line that says how to see more', () => {
    expect(describeError(new TypeError('x is\n   not a function'))).toBe(
      'x is not a function (unexpected; set CONVOKE_DEBUG=1 to see where)',
    )
    expect(describeError('thrown text')).toMatch(/^thrown text \(unexpected/)
  })
})
