import type { Command } from 'commander'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('what this machine offers and which backend would run')
    .description('Prints versions, cores, memory, and every backend with the reason why it is available or not.')
    .option('--json', 'print as JSON', false)
    .addHelpText('after', '\nExamples:\n  $ convoke doctor\n  $ convoke doctor --json')
    .action(async (options) => {
      const { runDoctor } = await import('../doctor/run.ts')
      await runDoctor(options)
    })
}
