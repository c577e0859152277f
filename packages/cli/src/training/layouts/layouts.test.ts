// The table of layouts: names that tell them apart, words, and the guide that shows them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addData } from '../../commands/data.ts'
import { layoutNamed, layouts, layoutTasks, tasksWith } from './index.ts'

const guide = readFileSync(join(import.meta.dirname, '../../../../../docs/guides/data.md'), 'utf8')

describe('layouts', () => {
  it.each(layoutTasks)('of %s have a name of their own each, a title and a tree', (task) => {
    const own = layouts[task]
    expect(new Set(own.map(({ name }) => name)).size).toBe(own.length)
    for (const { title, tree } of own)
      expect([title.length > 20, tree.length > 0, /[.]$/.test(title)]).toEqual([true, true, false])
  })
  it('stand in the guide, each by its name, and in the help', () => {
    const program = new Command()
    addData(program)
    const convert = program.commands[0].commands.find((command) => command.name() === 'convert')!
    const help = convert.options.find(({ long }) => long === '--to')!.description
    for (const task of layoutTasks) {
      const names = layouts[task].map(({ name }) => name)
      expect(
        help
          .split('; ')
          .find((part) => part.startsWith(`${task}: `))
          ?.slice(task.length + 2)
          .split(', ')
          .sort(),
      ).toEqual(names.toSorted())
      for (const name of names) expect(guide).toContain(`\`${name}\``)
    }
  })
  it('are found by task and name, or a near name is told', () => {
    expect(tasksWith('voc')).toEqual(['detect', 'segment'])
    expect(layoutNamed('segment', 'voc').tree[1]).toMatch(/^SegmentationClass/)
    expect(() => layoutNamed('segment', 'yolo')).toThrow(/data for segment has no layout yolo\. It has voc, cityscapes/)
    expect(() => tasksWith('citiscapes')).toThrow(/cityscapes/)
  })
})
