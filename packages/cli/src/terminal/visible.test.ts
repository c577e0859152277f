import { describe, expect, it } from 'vitest'
import { escaped } from '../training/report/html.ts'
import { table } from './table.ts'
import { visible, visibleJson, visibleLines } from './visible.ts'

const code = (value: number): string => String.fromCharCode(value)

describe('names on a terminal', () => {
  it.each([
    ['\u001B[31mred', '\\u001b[31mred'],
    ['a\nb', 'a\\nb'],
    ['a\r\tb', 'a\\r\\tb'],
    ['\u202Efdp.exe', '\\u202efdp.exe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['bell\u0007', 'bell\\u0007'],
    ['del\u007F', 'del\\u007f'],
    ['csi\u009B2J', 'csi\\u009b2J'],
    ['line\u2028', 'line\\u2028'],
    ['half\uD800', 'half\\ud800'],
    ['Ärger, 猫, 👩‍🔬, नमस्ते, /a\\b', 'Ärger, 猫, 👩‍🔬, नमस्ते, /a\\b'],
  ])('%j is shown as %j', (name, shown) => expect(visible(name)).toBe(shown))

  it('hold none of C0, DEL and C1', () => {
    const controls = [...Array.from({ length: 32 }, (_, i) => i), ...Array.from({ length: 33 }, (_, i) => 127 + i)]
    for (const control of controls) expect(visible(`a${code(control)}b`)).toMatch(/^a\\(u[0-9a-f]{4}|[nrt])b$/)
  })

  it('keep the lines of text, and mean the same as JSON', () => {
    expect(visibleLines('one\ntwo\u001B[0m')).toBe('one\ntwo\\u001b[0m')
    const value = { '\u001B[31m': ['\u009B', '\u202E', '\u007F', 'a\nb'] }
    const json = visibleJson(JSON.stringify(value, null, 2))
    expect(JSON.parse(json)).toEqual(value)
    expect(json).not.toMatch(/[^\n\P{Cc}]|\p{Bidi_Control}/u)
  })

  it('keep the columns of a table in line', () => {
    const lines = table([
      ['a\nb', '1'],
      ['plain', '2'],
    ])
    expect(lines).toEqual([' a\\nb  1', 'plain  2'])
  })

  it('are escaped in reports, too', () => {
    expect(escaped('<\u001B[31m\u202E>')).toBe('&lt;\\u001b[31m\\u202e&gt;')
  })
})
