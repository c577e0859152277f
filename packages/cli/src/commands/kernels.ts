import type { Command } from 'commander'

export function addKernels(program: Command): void {
  program
    .command('kernels')
    .summary('show the kernel gallery')
    .description(
      'Lists the named kernels, or prints the numbers of those given. With --sheet, draws the result of every kernel on one PICTURE (`scene` is the one that Convoke draws itself).',
    )
    .argument('[name...]', 'kernels to print, as name or name:parameter,…; with --sheet: the picture')
    .option('--sheet <out.png>', 'draw a labelled sheet of every result')
    .option('--json', 'print as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke kernels
  $ convoke kernels sobel-x gaussian:0.8
  $ convoke kernels gabor:45,8 --json
  $ convoke kernels --sheet out/sheet.png scene`,
    )
    .action(async (names: string[], options) => {
      const { runKernels } = await import('../kernels/run.ts')
      await runKernels(names, options)
    })
}
