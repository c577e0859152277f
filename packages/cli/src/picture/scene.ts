// The picture that Convoke draws itself, by its name.

import { stat } from 'node:fs/promises'
import { drawScene, sceneSize } from 'convoke-workbench'
import type { Picture } from './picture.ts'

export const sceneName = 'scene'

/** Whether `path` asks for the drawn picture: the name `scene`, where no file has it. */
export const isScene = async (path: string): Promise<boolean> =>
  path === sceneName &&
  (await stat(path).then(
    () => false,
    () => true,
  ))

let drawn: Picture | undefined

/** 384 × 256 pixels, RGB, 8 bits. */
export function scene(): Picture {
  drawn ??= Object.freeze({ ...sceneSize, colours: 3, alpha: false, depth: 8, samples: drawScene() })
  return drawn
}
