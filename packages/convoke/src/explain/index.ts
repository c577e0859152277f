export { type ExplainOptions, explainCorrelate, explainPlan, type PlanExplanation } from './explain-plan.ts'
