import { Argument, type Command } from 'commander';
import type { RegisterCommand } from './command.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

export const register: RegisterCommand = (program, context) => {
  program
    .command('completion')
    .description('Print a script that completes commands and options in your shell.')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      '\nExamples:\n  gapwise completion bash > /etc/bash_completion.d/gapwise\n  gapwise completion fish > ~/.config/fish/completions/gapwise.fish',
    )
    .action((shell: Shell) => {
      context.out.write(scripts[shell](wordsOf(program)));
    });
};

interface Words {
  readonly command: string;
  readonly description: string;
  readonly options: readonly string[];
}

const wordsOf = (program: Command): Words[] =>
  program.commands.map((command) => ({
    command: command.name(),
    description: command.description(),
    options: command.options.flatMap(({ long }) => (long ? [long] : [])).concat('--help'),
  }));

/** Whatever is no option is completed as a file: most options take one. */
const bash = (words: readonly Words[]): string =>
  `_gapwise() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ command }) => command).join(' ')}" -- "$word"))
    return
  fi
  case "$word" in
    -*) ;;
    *) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${words
  .map(
    ({ command, options }) =>
      `    ${command}) COMPREPLY=($(compgen -W "${options.join(' ')}" -- "$word")) ;;`,
  )
  .join('\n')}
  esac
}
complete -o filenames -F _gapwise gapwise
`;

const scripts: Readonly<Record<Shell, (words: readonly Words[]) => string>> = {
  bash,
  /** zsh runs bash completions. */
  zsh: (words) => `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`,
  fish: (words) =>
    words
      .flatMap(({ command, description, options }) => [
        `complete -c gapwise -n __fish_use_subcommand -a ${command} -d '${description.replaceAll("'", "\\'")}'`,
        ...options.map(
          (option) => `complete -c gapwise -n '__fish_seen_subcommand_from ${command}' -l ${option.slice(2)}`,
        ),
      ])
      .join('\n')
      .concat('\n'),
};
