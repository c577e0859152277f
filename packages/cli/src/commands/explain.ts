import type { Command } from 'commander'
import { addSlideOptions } from '../options/slide-options.ts'

const worked = { input: '1 2 3 4 5; 6 7 8 9 10; 11 12 13 14 15; 16 17 18 19 20; 21 22 23 24 25', kernel: '1 0; 0 1' }

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .summary('show every step of a convolution with its numbers')
    .description(
      'Shows how a convolution is computed: the formula with its numbers, the output size, and for each window its products, its sum and its place in the output. Without options it shows the worked example: the 5 × 5 picture 1 … 25 and the kernel 1 0; 0 1.',
    )
    .option('-i, --input <numbers>', 'rows separated by ";", or a file (.txt, .csv, .json)', worked.input)
    .option('-k, --kernel <kernel>', 'numbers, a gallery name, or a file', worked.kernel)
  addSlideOptions(command, { padding: 'valid', boundary: 'zero' })
    .option('--step <row,column>', 'show only the window of this output')
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke explain
  $ convoke explain --input "1 2 3; 4 5 6" --kernel "1 0; 0 1"
  $ convoke explain --input "3 4 5 6 5 4" --kernel "1 2 3" --convolve --padding full
  $ convoke explain --kernel sobel-x --padding 1 --stride 2 --step 1,2
  $ convoke explain --input "1 2 3; 4 5 6; 7 8 9" --kernel "1 -1" --dilation 2 --json`,
    )
    .action(async (options) => {
      const { runExplain } = await import('../explain/run.ts')
      await runExplain(options)
    })
}
