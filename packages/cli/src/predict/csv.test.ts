import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { convoke, folder, words } from '../../test/run.ts'
import { rankedSheet } from './answers.ts'
import { csvText } from './csv.ts'

it('fields are in quotation marks where they need them, and numbers have all their digits', () => {
  const text = csvText({ head: ['text', 'a "b"'], rows: [['one, two', 1 / 3]] })
  expect(text).toBe('text,"a ""b"""\n"one, two",0.3333333333333333\n')
})

it('every row has the columns of all, also of an input without a class', () => {
  const best = [
    { class: 'a', probability: 0.75 },
    { class: 'b', probability: 0.25 },
  ]
  const sheet = rankedSheet('text', 2, [
    { name: 'x', predictions: best },
    { name: '', predictions: [] },
  ])
  expect(sheet.head).toEqual(['text', 'class', 'probability', 'class 2', 'probability 2'])
  expect(sheet.rows).toEqual([
    ['x', 'a', 0.75, 'b', 0.25],
    ['', '', '', '', ''],
  ])
})

const run = (cwd: string, line: string) => convoke(cwd, ...words(line))

describe('convoke predict --csv', () => {
  it('writes what --json prints, and refuses what is no table', async () => {
    const cwd = await folder()
    await run(cwd, 'train text --data sentences --examples 60 --epochs 1 --threads 1 --out r')
    const said = await run(cwd, 'predict r "a dull story ." "good, and long" --csv out/a.csv --top 1 --json')
    const [first, second] = JSON.parse(said.stdout).predictions
    const [head, one, two] = (await readFile(join(cwd, 'out/a.csv'), 'utf8')).split('\n')
    expect(head).toBe('text,class,probability')
    const of = ({ predictions: [best] }: typeof first): string => `${best.class},${best.probability}`
    expect([one, two]).toEqual([`a dull story .,${of(first)}`, `"good, and long",${of(second)}`])
    expect(await run(cwd, 'predict r "a dull story ." --csv a.txt')).toMatchObject({
      ...{ code: 2, stderr: 'convoke: the table a.txt must end in .csv.\n' },
    })
  })

  it('has a box in each row', async () => {
    const cwd = await folder()
    await run(cwd, 'train detect --data shapes --examples 8 --epochs 1 --size 32 --threads 1 --out r')
    await run(cwd, 'apply scene --kernel identity -o scene.png')
    const said = await run(cwd, 'predict r scene.png --threshold 0.001 --csv a.csv --json')
    const [{ boxes }] = JSON.parse(said.stdout).predictions
    const rows = (await readFile(join(cwd, 'a.csv'), 'utf8')).trim().split('\n')
    expect(rows[0]).toBe('picture,class,score,xmin,ymin,xmax,ymax')
    expect(rows).toHaveLength(1 + boxes.length)
    const [, label, , left, , right] = rows[1].split(',')
    expect(label).toBe(boxes[0].class)
    expect(Number(right) - Number(left)).toBeCloseTo(boxes[0].width, 6)
  })
})
