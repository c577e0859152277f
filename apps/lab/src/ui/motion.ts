// Whether things may move.

const still = matchMedia('(prefers-reduced-motion: reduce)')

export const mayMove = (): boolean => !still.matches
