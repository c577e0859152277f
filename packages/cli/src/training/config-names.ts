// Names that a configuration may hold.

import { augmentNames as pictureAugmentNames } from 'convoke-workbench'

/** Tasks whose answers lie at places of a picture, and so can come from several pictures in one. */
export const mosaicTasks = ['segment', 'detect'] as const
export const augmentNames = [...pictureAugmentNames, 'mosaic'] as const

export const tokenizerNames = ['english', 'characters', 'zh', 'ja', 'th', 'any'] as const
export const testTimeNames = ['none', 'flips', 'turns'] as const
/** Tasks whose networks see pictures, which may be mirrored. */
export const viewedTasks = ['classify', 'segment', 'detect'] as const
export const lossNames = ['cross-entropy', 'dice', 'both'] as const
export const optimizerNames = ['adamw', 'adam', 'sgd', 'rmsprop', 'adagrad', 'adadelta'] as const
export const wireNames = ['float32', 'bfloat16'] as const
export const scheduleNames = ['one-cycle', 'cosine', 'step', 'constant'] as const
