export { setsUnder } from './content.ts'
export * from './get.ts'
export { Pace } from './pace.ts'
export { DamageReports } from './reports.ts'
