/** Types of postgres.mjs for the tests. */
export interface Postgres {
  admin(sql: string): Promise<string>
  logIn(user: string, password: string): Promise<boolean>
  role(
    name: string,
    fields?: [user: string, password: string],
  ): { create(): Promise<Record<string, string>>; drop(data: Record<string, string>): Promise<void> }
  roles(): Promise<string[]>
  close(): Promise<void>
}

export function startPostgres(): Promise<Postgres | undefined>
