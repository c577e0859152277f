// The refusal of a file that no decoder takes: one wording for every command.

import { data } from 'convoke'
import { ConvokeError } from 'convoke/shapes'

/** `reason` is what the decoder said, where that says more than that it does not know the format. */
export function unreadablePicture(path: string, reason = ''): ConvokeError {
  const words = /unsupported image format|not a picture, or its format/.test(reason) ? '' : reason
  const why = data.unreadReason(path, words)
  const what = `${path} is not a picture that can be read`
  return data.unreadFormat(path) === null
    ? new ConvokeError(`${what}${why === '' ? '' : ` (${why})`}. Use JPEG, PNG, WebP, AVIF, TIFF or GIF.`)
    : new ConvokeError(`${what}: ${why}.`)
}
