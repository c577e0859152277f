import { models } from 'convoke'
import { describe, expect, it } from 'vitest'
import { taskNames } from '../training/data/opened.ts'
import { plannerOf } from '../training/kits/index.ts'
import { openData } from '../training/open-data.ts'
import { networksText } from './networks.ts'

describe('the networks of a task', () => {
  it('are listed with the defaults that a training takes', () => {
    const text = networksText('segment')
    expect(text).toMatch(/^ {2}unet \(the usual one\)$/m)
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'width=16, depth: by the data, padding=same (same or valid), norm=true, dropout=0.2, kernel=3, skips=true',
    )
  })

  it('stand together where their options are the same, and have no option that the data decides', () => {
    const text = networksText('classify')
    expect(text).toMatch(/^ {2}resnet18, resnet34, resnet50, .*\n {6}stem: by the data \(imagenet or small or deep\)/m)
    expect(text).not.toMatch(/classes=|channels=/)
    expect(text).toContain('lenet5\n      no options')
  })

  it.each(taskNames)('%s: every line fits, and every network is there', (task) => {
    const text = networksText(task)
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    for (const name of plannerOf(task).models) expect(text).toMatch(new RegExp(`^ {2}.*\\b${name}\\b`, 'm'))
  })

  it.each([
    ['classify', 'digits', 28],
    ['segment', 'shapes', 32],
    ['detect', 'shapes', 32],
    ['text', 'sentences', undefined],
    ['sequence', 'adding', undefined],
    ['generate', 'digits', 32],
  ] as const)('%s plans each network with the options that it says it decides', async (task, source, side) => {
    const opened = await openData(task, source, {
      ...{ examples: 40, ...(side !== undefined && { size: { height: side, width: side } }) },
    })
    const kit = plannerOf(task)
    for (const name of kit.models.filter((one) => !['vgg11', 'vgg13', 'vgg16', 'vgg19', 'cct'].includes(one))) {
      const { model } = await kit.plan(opened, { name, options: {} })
      const { fixed, fitted, given } = kit.decided(name)
      expect(model.options, name).toMatchObject(fixed)
      for (const option of Object.keys(model.options))
        expect([...Object.keys(fixed), ...fitted, ...given], name).toContain(option)
      const known = models.optionsOf(name).map((option) => option.name)
      for (const option of [...Object.keys(fixed), ...fitted]) expect(known, name).toContain(option)
    }
  })
})
