/** What red, green and blue add to grey: Rec. 709, as the command's `--gray` has them. */
export const luminance = [0.2126, 0.7152, 0.0722] as const
