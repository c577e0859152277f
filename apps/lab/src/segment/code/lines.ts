/** The text of a program without the empty line before it. */
export const lines = (text: string): string => text.replace(/^\n/, '')
