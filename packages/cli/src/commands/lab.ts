import type { Command } from 'commander'

export function addLab(program: Command): void {
  program
    .command('lab')
    .summary('open the lab: watch and try convolution in a web page')
    .description(
      'Serves the lab on this machine (127.0.0.1) until Ctrl-C and prints its address; in a terminal it also opens the page. Everything is computed in the page: it works offline and sends nothing.',
    )
    .option('--port <number>', 'port to listen on (default: 8613, or a free one if taken)')
    .option('--no-open', 'print the address only')
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
