// Tables of texts through the command: how they are read, and that a run remembers it.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../../test/data-files.ts'
import { convoke, words } from '../../test/run.ts'

const run = (cwd: string, line: string) => convoke(cwd, ...words(line))
const latin = (text: string) => Buffer.from(text, 'latin1')
const table = (count: number, from = 0): string =>
  Array.from(
    { length: count },
    (_, i) => `${i % 2 ? 'drôle' : 'mauvais'};un film ${i % 2 ? 'drôle et très bien' : 'déjà raté'} ${i + from}`,
  ).join('\n')

describe('texts in an encoding of their own', () => {
  it('are asked for, read by name, and read alike when the run is used', async () => {
    const cwd = await folderWith({
      'a.csv': latin(table(40)),
      'other.csv': latin(table(10, 50)),
      'new.txt': latin('un film drôle\n'),
      'utf8.txt': 'un film drôle\n',
    })
    const asked = await run(cwd, 'train text --data a.csv --epochs 1 --threads 1 --out r')
    expect([asked.code, asked.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^convoke: a\.csv, line 1: the text is not valid UTF-8.*windows-1252 reads “.*déjà raté 0”.*--encoding/,
      ),
    ])
    expect((await run(cwd, 'train text --data a.csv --encoding klingon --out r')).code).toBe(2)
    const trained = await run(cwd, 'train text --data a.csv --encoding latin1 --epochs 2 --threads 1 --out r')
    expect(trained.code).toBe(0)
    const config = JSON.parse(await readFile(join(cwd, 'r/config.json'), 'utf8'))
    expect([config.data.options.encoding, config.text.version]).toEqual(['latin1', 2])
    for (const line of ['evaluate r --json', 'evaluate r --data other.csv --json'])
      expect(JSON.parse((await run(cwd, line)).stdout).count).toBe(line.includes('other') ? 10 : 4)
    const predicted = JSON.parse((await run(cwd, 'predict r new.txt utf8.txt --json')).stdout).predictions
    expect(predicted.map(({ text }: { text: string }) => text)).toEqual(['un film drôle', 'un film drôle'])
  })

  it('that is recognised is said, and remembered for texts too short to tell', async () => {
    // Shift-JIS has the hiragana in the order of Unicode, from 0x829f on.
    const shiftJis = (text: string) =>
      Buffer.from(
        [...text].flatMap((sign) => {
          const code = sign.codePointAt(0)!
          return code < 0x80 ? [code] : [0x82, 0x9f + code - 0x3041]
        }),
      )
    const rows = Array.from(
      { length: 40 },
      (_, i) => `${i % 2 ? 'good,とてもよかったです' : 'bad,ぜんぜんだめだった'}${i}`,
    )
    const cwd = await folderWith({
      'a.csv': shiftJis(`label,text\n${rows.join('\n')}\n`),
      'new.txt': shiftJis('よかった\n'),
      'numbers.csv': `a;b;y\n${Array.from({ length: 20 }, (_, i) => `${i * 7};${i + 0.5};${i % 2}`).join('\n')}\n`,
    })
    const trained = await run(cwd, 'train text --data a.csv --epochs 1 --threads 1 --out r')
    expect([trained.code, trained.stderr]).toEqual([0, expect.stringContaining('a.csv: read as shift_jis')])
    const predicted = await run(cwd, 'predict r new.txt --json')
    expect(JSON.parse(predicted.stdout).predictions[0].text).toBe('よかった')
    const slip = await run(cwd, 'predict r nwe.txt')
    expect([slip.code, slip.stderr]).toEqual([1, expect.stringMatching(/^convoke: nwe\.txt does not exist/)])
    const numbers = await run(cwd, 'train text --data numbers.csv --out n')
    expect([numbers.code, numbers.stderr]).toEqual([1, expect.stringContaining('convoke train sequence')])
  })

  it('of which no word is known are named when predicting', async () => {
    const cwd = await folderWith({ 'a.csv': table(40) })
    await run(cwd, 'train text --data a.csv --epochs 1 --threads 1 --out r')
    const { stdout, stderr } = await run(cwd, 'predict r "zzz qqq" "un zzz" --json')
    expect(stderr).toBe(
      'convoke: note: “zzz qqq”: the network knows none of its words, so the probabilities mean nothing.\n',
    )
    expect(JSON.parse(stdout).predictions).toMatchObject([
      { known: 0, unknown: 2 },
      { known: 1, unknown: 1 },
    ])
    await writeFile(join(cwd, 'rows.txt'), 'un zzz\n\nun\n')
    const rows = await run(cwd, 'predict r rows.txt --json')
    expect(rows.stderr).toBe('convoke: note: one text is empty and has no class.\n')
    const { predictions } = JSON.parse(rows.stdout)
    expect(predictions.map(({ text }: { text: string }) => text)).toEqual(['un zzz', '', 'un'])
    expect(predictions[1].predictions).toEqual([])
  })
})

describe('data inspect', () => {
  const inspect = async (cwd: string, line: string) => {
    const { code, stdout, stderr } = await run(cwd, `data inspect ${line} --json`)
    return code === 0 ? JSON.parse(stdout) : { code, stderr }
  }
  it('takes the columns, the delimiter and the encoding as train does', async () => {
    const rows = Array.from(
      { length: 20 },
      (_, i) => `${i % 2 ? 'web' : 'app'}|${i % 4 < 2 ? 'froh' : 'müde'}|ein Satz, der ${i} heißt`,
    )
    const cwd = await folderWith({ 'a.csv': latin(rows.join('\n')) })
    expect(await inspect(cwd, 'a.csv')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/line 1: .*--encoding/),
    })
    const found = await inspect(cwd, 'a.csv --encoding windows-1252 --label-column 2')
    expect(found).toMatchObject({
      problems: [],
      parts: [
        {
          classes: [
            { name: 'froh', count: 10 },
            { name: 'müde', count: 10 },
          ],
        },
      ],
    })
    expect(
      (await inspect(cwd, 'a.csv --encoding latin1 --delimiter comma --label-column 2')).parts[0].classes,
    ).toHaveLength(20)
    expect(await inspect(cwd, 'a.csv --delimiter x')).toMatchObject({ code: 2 })
  })
  it('names texts that training and test share, and guesses', async () => {
    const cwd = await folderWith({ 'd/train.csv': table(40), 'd/test.csv': `${table(2)}\n${table(4, 90)}` })
    const { problems, facts } = await inspect(cwd, 'd')
    expect(problems).toEqual([expect.stringMatching(/^2 texts are in train and test, .*“un film déjà raté 0”/)])
    expect(facts[0]).toMatch(/Taken by their values: column 1 \(mauvais, drôle\) for the label, column 2 for the text/)
  })
  it('of a table without one good row lists every row', async () => {
    const cwd = await folderWith({ 'a.csv': 'label,text\npos,so, so\nneg,no\tand, no\n' })
    await writeFile(join(cwd, 'a.csv'), 'label,text\npos,so, so\nneg,no, no\n')
    expect(await inspect(cwd, 'a.csv')).toMatchObject({
      parts: [{ examples: 0 }],
      problems: [
        'a.csv, line 2: the row has 3 fields; 2 are expected.',
        'a.csv, line 3: the row has 3 fields; 2 are expected.',
      ],
    })
  })
})
