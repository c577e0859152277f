import type { Command } from 'commander'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('show what this machine offers and which backend runs')
    .description('Prints versions, cores, memory, and why each backend is available or not.')
    .option('--json', 'print as JSON', false)
    .addHelpText('after', '\nExamples:\n  $ convoke doctor\n  $ convoke doctor --json')
    .action(async (options) => {
      const { runDoctor } = await import('../doctor/run.ts')
      await runDoctor(options)
    })
}
