import type { Command } from 'commander'

export function addLab(program: Command): void {
  program
    .command('lab')
    .summary('open the lab: convolution to watch and try, in a page')
    .description(
      'Serves the lab on this machine (127.0.0.1) until Ctrl-C, prints its address, and opens it where this is a terminal. Everything is computed in the page; nothing is sent anywhere.',
    )
    .option('--port <number>', 'listen there (default: 8613, or a free one where that is taken)')
    .option('--no-open', 'only print the address')
    .option('--json', 'print the address as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ convoke lab
  $ convoke lab --no-open --port 8080`,
    )
    .action(async (options) => {
      const { runLab } = await import('../lab/run.ts')
      await runLab(options)
    })
}
