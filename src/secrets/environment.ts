/** The name of an environment: which set of secrets. It goes into paths and names of many stores, so it is plain. */
import { z } from 'zod'

export const environmentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected the name of an environment, such as dev')
