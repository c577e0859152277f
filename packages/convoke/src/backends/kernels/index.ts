// Every kernel of the contract, with the loops that define it and the way the CPU engine goes. Ops import what they run; a table of all
// would put all of them in every bundle.

export * from './elements.ts'
export * from './pictures.ts'
export * from './rows.ts'
export * from './training.ts'
