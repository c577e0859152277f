// Text for pictures, drawn with the DejaVu fonts of the npm package: no font of the system is needed.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSharp } from '../picture/sharp.ts'
import { visible } from '../terminal/visible.ts'

const require = createRequire(import.meta.url)

const faces = {
  regular: { file: 'DejaVuSans.ttf', name: 'DejaVu Sans' },
  bold: { file: 'DejaVuSans-Bold.ttf', name: 'DejaVu Sans Bold' },
} as const

export interface Label {
  /** RGBA, `[height, width, 4]` */
  readonly pixels: Buffer
  readonly width: number
  readonly height: number
}

/**
 * Fontconfig complains on stderr where the system has no configuration, as in small containers; an empty one will do,
 * since the font file is named. A configuration that is there, or asked for, is left alone.
 */
function quietFontconfig(): void {
  const { env, platform } = process
  if (platform !== 'linux' || env['FONTCONFIG_FILE'] !== undefined) return
  if (existsSync(join(env['FONTCONFIG_PATH'] ?? '/etc/fonts', 'fonts.conf'))) return
  env['FONTCONFIG_FILE'] = fileURLToPath(new URL('../../fonts.conf', import.meta.url))
}

const escaped = (text: string): string =>
  visible(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** One line of `text`, about `size` pixels high. */
export async function drawLabel(
  text: string,
  size: number,
  colour: string,
  face: keyof typeof faces = 'regular',
): Promise<Label> {
  quietFontconfig()
  const sharp = await loadSharp()
  const { file, name } = faces[face]
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${colour}">${escaped(text)}</span>`,
      font: `${name} ${size}`,
      fontfile: require.resolve(`dejavu-fonts-ttf/ttf/${file}`),
      rgba: true,
      dpi: 72,
    },
  })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { pixels: data, width: info.width, height: info.height }
}
