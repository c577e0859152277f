// What the value of an option, or an argument, may be, for completion: short lists, and the names of kernels, data and networks.

import { data } from 'convoke'
import { gallery, pairs } from 'convoke-workbench'
import { makers } from '../dataset/makers.ts'
import { rateRules } from '../options/training-options.ts'
import { boundaries } from '../picture/boundary.ts'
import { ranges } from '../picture/range.ts'
import { settingNames } from '../training/config-names.ts'
import { builtInNames } from '../training/data/built-in.ts'
import { taskNames } from '../training/data/opened.ts'
import { plannerOf } from '../training/kits/index.ts'
import { layouts, layoutTasks } from '../training/layouts/index.ts'

export interface Values {
  readonly words: readonly string[]
  /** Whether it may also be a file. */
  readonly files: boolean
}

const only = (words: readonly string[]): Values => ({ words: [...new Set(words)], files: false })
const orFile = (words: readonly string[]): Values => ({ words: [...new Set(words)], files: true })

const kernels = orFile([...gallery.map(({ name }) => name), ...Object.keys(pairs)])
const publicNames = data.publicDatasets().map(({ name }) => name)
const networks = only(taskNames.flatMap((task) => plannerOf(task).models))

/** By the option alone where it means the same everywhere; otherwise, and for arguments, with the command before it. */
export const values: Readonly<Record<string, Values>> = {
  '--augment': only(settingNames.augment),
  '--boundary': only(boundaries),
  '--cost': only(['macs', 'parameters', 'milliseconds']),
  '--data': orFile([...taskNames.flatMap(builtInNames), ...publicNames]),
  '--delimiter': only(['comma', 'semicolon', 'tab', 'bar', 'space']),
  '--fit': only(['crop', 'stretch']),
  '--kernel': kernels,
  '--loss': only(settingNames.loss),
  '--mask-channel': only(['auto', 'index', 'colour', 'alpha', 'red', 'green', 'blue']),
  '--model': networks,
  '--optimizer': only(settingNames.optimizer),
  '--order': only(['rgb', 'bgr']),
  '--padding': only(['same', 'valid', 'full']),
  '--scale-rate': only(rateRules),
  '--schedule': only(settingNames.schedule),
  '--test-time': only(settingNames.testTime),
  '--tokenizer': only(settingNames.tokenizer),
  '--wire': only(settingNames.wire),
  'convoke apply --range': only(ranges),
  'convoke data convert --task': only(layoutTasks),
  'convoke data convert --to': only(layoutTasks.flatMap((task) => layouts[task].map(({ name }) => name))),
  'convoke data download': only(publicNames),
  'convoke data generate': only(makers.map(({ name }) => name)),
  'convoke data generate --format': only(makers.flatMap(({ formats }) => formats)),
  'convoke kernels': kernels,
  'convoke train --from': orFile(['shipped', 'nothing']),
}

export const noValues: Values = { words: [], files: true }

export const valuesOf = (command: string, option = ''): Values =>
  values[`${command} ${option}`.trim()] ?? values[option] ?? noValues
