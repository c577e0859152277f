// Says how its steps went, and ends.

process.send({ kind: 'open' })
process.send({ kind: 'first', time: 5, cpu: 4, loss: 2 })
process.send({ kind: 'done', samples: [{ time: 5, cpu: 4 }], losses: [2], environment: 'here', memory: 100 }, () =>
  process.exit(0),
)
