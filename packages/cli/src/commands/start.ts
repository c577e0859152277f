import type { Command } from 'commander'

/** What `npm start` runs. */
export function addStart(program: Command): void {
  program
    .command('start', { hidden: true })
    .description(
      'Draws a picture, filters it with the whole gallery (out/gallery.png), checks gradients against central differences, works one example, and trains a network on digits that it draws (out/digits).',
    )
    .option('--json', 'print as JSON', false)
    .addHelpText('after', '\nExamples:\n  $ convoke start')
    .action(async (options) => {
      const { runStart } = await import('../start/run.ts')
      await runStart(options)
    })
}
