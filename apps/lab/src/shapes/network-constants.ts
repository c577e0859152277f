/** Seeds of the weights of one network are this far from those of the next. */
export const seedStep = 1000
