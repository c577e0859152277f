// Names that a configuration may hold.

export const augmentNames = ['none', 'light', 'flips', 'turns', 'strong'] as const
export type AugmentName = (typeof augmentNames)[number]
