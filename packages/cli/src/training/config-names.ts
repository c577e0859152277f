// Names that a configuration may hold, as they are typed and checked.

import { augmentNames } from 'convoke-workbench'

/** Of each setting that is a name, those it may be: the usual one first where there is one. */
export const settingNames = {
  augment: [...augmentNames, 'mosaic'],
  loss: ['cross-entropy', 'dice', 'both'],
  optimizer: ['adamw', 'adam', 'sgd', 'rmsprop', 'adagrad', 'adadelta'],
  schedule: ['one-cycle', 'cosine', 'step', 'constant'],
  testTime: ['none', 'flips', 'turns'],
  tokenizer: ['english', 'characters', 'zh', 'ja', 'th', 'any'],
  wire: ['float32', 'bfloat16'],
} as const

/** One of the names of a setting. */
export type SettingName<S extends keyof typeof settingNames> = (typeof settingNames)[S][number]

/** Tasks whose answers lie at places of a picture, and so can come from several pictures in one. */
export const mosaicTasks = ['segment', 'detect'] as const

/** Tasks whose networks see pictures, which may be mirrored. */
export const viewedTasks = ['classify', 'segment', 'detect'] as const
