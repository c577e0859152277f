import type { Command } from 'commander'
import { addSlideOptions } from '../options/slide-options.ts'

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value]

export function addApply(program: Command): void {
  const command = program
    .command('apply')
    .summary('filter a picture with kernels')
    .description(
      'Slides kernels over a picture. PICTURE is a file (JPEG, PNG, WebP, AVIF, TIFF, GIF, SVG), or `scene` for the one that Convoke draws itself. A kernel is a gallery name (`convoke kernels` lists them), a file of numbers (.txt, .csv, .json), or the numbers themselves. Kernels slide as they are written; --convolve flips them first.',
    )
    .argument('<picture>', 'picture to read, or scene')
    .option('-k, --kernel <kernel>', 'name, file or numbers; repeatable', collect, [])
    .requiredOption(
      '-o, --output <path>',
      'file to write: .png .jpg .webp .avif .gif .tif, floats as .tif .npy .json .csv; a folder for several kernels',
    )
  addSlideOptions(command, { padding: 'same', boundary: 'reflect' })
    .option('--gray', 'filter brightness instead of colours', false)
    .option('--linear', 'filter linear light instead of stored sRGB values', false)
    .option('--range <how>', 'values outside black and white: auto, clip, abs, none (floats)', 'auto')
    .option('--magnitude', 'combine kernels in pairs: √(a² + b²)', false)
    .option('--deconvolve', 'undo a blur by this kernel (Wiener deconvolution)', false)
    .option('--noise <ratio>', 'for --deconvolve: noise power over signal power (default: 0.001)')
    .option('--max-megapixels <n>', 'largest picture to read or write, in million pixels', '268')
    .option('--force', 'allow the output to replace the picture that is read', false)
    .option('--json', 'print what was done as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke apply scene --kernel gaussian:2 -o out/soft.png
  $ convoke apply scene --kernel "1 0 -1; 2 0 -2; 1 0 -1" --gray -o out/edges.png
  $ convoke apply scene --kernel sobel --magnitude --gray -o out/outline.png
  $ convoke apply scene --kernel sharpen --kernel emboss --kernel motion:15,30 -o out/three/
  $ convoke apply out/soft.png --kernel gaussian:2 --deconvolve -o out/sharp.png
  $ convoke apply scene --kernel laplacian --padding valid --range none -o out/laplacian.npy`,
    )
    .action(async (picture: string, options) => {
      const { runApply } = await import('../apply/run.ts')
      await runApply(picture, options)
    })
}
