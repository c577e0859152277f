import { describe, expect, it } from 'vitest'
import { type Member, membersNotes, refuseStrangers, withoutThreads } from './members.ts'

const member = (changes: Partial<Member> = {}): Member => ({
  ...{ host: 'one', version: '1.2.0', library: 'MPICH 4.0.2', computes: 'native on x64, Node 20' },
  ...{ command: ['train', 'text', '--epochs', '2'], ...changes },
})

describe('ranks that join', () => {
  it('are taken where they are alike', () => {
    expect(() => refuseStrangers([member(), member({ host: 'two' })])).not.toThrow()
    expect(membersNotes([member(), member({ host: 'two' })])).toEqual([])
  })

  it.each([
    [{ version: '1.1.0' }, 'rank 2 (two) has Convoke 1.1.0, rank 0 1.2.0. Install the same on every machine.'],
    [
      { library: 'MPICH 4.1' },
      'rank 2 (two) has MPICH 4.1, rank 0 MPICH 4.0.2. Install the same MPI on every machine.',
    ],
    [
      { command: ['train', 'text', '--epochs', '3'] },
      'rank 2 (two) was started with other arguments: 3 where rank 0 has 2. Give every rank the same command; --threads alone may differ.',
    ],
    [
      { command: ['train', 'text'] },
      'rank 2 (two) was started with other arguments: nothing where rank 0 has --epochs.',
    ],
    [
      { command: ['train', 'text', '--epochs', '2', '--strict'] },
      'rank 2 (two) was started with other arguments: --strict where rank 0 has nothing.',
    ],
  ])('are refused with %o', (changes, text) => {
    expect(() => refuseStrangers([member(), member(), member({ host: 'two', ...changes })])).toThrow(text)
  })

  it('may have threads of their own', () => {
    expect(withoutThreads(['train', '--threads', '2', 'text', '--threads=8', '--out', 'a'])).toEqual([
      ...['train', 'text', '--out', 'a'],
    ])
  })

  it('are told of another backend', () => {
    expect(membersNotes([member(), member({ host: 'two', computes: 'wasm on arm64, Node 22' })])).toEqual([
      expect.stringContaining('rank 1 (two) computes with wasm on arm64, Node 22, rank 0 with native on x64, Node 20'),
    ])
  })
})
