// Is ready at once, and takes no step.

process.send({ kind: 'open' })
setInterval(() => {}, 1000)
