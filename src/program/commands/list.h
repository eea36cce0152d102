/* Every command: COMMAND(name) for the `const struct command command_name` of name.c, in the order
 * of the help text. */
COMMAND(run)
COMMAND(check)
COMMAND(status)
COMMAND(verify)
COMMAND(merge)
COMMAND(show)
COMMAND(gradcheck)
COMMAND(parameters)
COMMAND(tasks)
COMMAND(rules)
COMMAND(help)
COMMAND(version)
