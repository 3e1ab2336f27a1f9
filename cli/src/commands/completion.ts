import type { Command } from 'commander';
import type { CommandFactory } from '../context.js';

const BASH = `# stackscape completion bash >> ~/.bashrc
_stackscape() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(stackscape __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _stackscape stackscape
`;

const ZSH = `#compdef stackscape
# stackscape completion zsh > "\${fpath[1]}/_stackscape"
_stackscape() {
  local -a words_after candidates
  words_after=("\${(@)words[2,CURRENT]}")
  candidates=("\${(@f)$(stackscape __complete -- "\${words_after[@]}" 2>/dev/null)}")
  compadd -a candidates || _files
}
# As a file of fpath this is called for the first completion already.
if [[ "\${funcstack[1]}" == _stackscape ]]; then _stackscape "$@"; else compdef _stackscape stackscape; fi
`;

/** Completion for bash and zsh; both ask this program what could come next. */
export function addCompletionCommands(program: Command, make: CommandFactory): void {
  program
    .command('completion <shell>')
    .description(make.text('bash 或 zsh 的补全脚本', 'completion script for bash or zsh'))
    .action(
      make.run(({ terminal }, _, shell) => {
        if (shell !== 'bash' && shell !== 'zsh') program.error('bash, zsh');
        return terminal.write(shell === 'bash' ? BASH : ZSH);
      }),
    );
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .action(
      make.run(({ terminal }, _, ...words) => {
        for (const candidate of candidatesFor(program, words)) terminal.line(candidate);
      }),
    );
}

/** What may stand at the place of the last word, which may be empty or begun. */
export function candidatesFor(program: Command, words: readonly string[]): string[] {
  const begun = words.at(-1) ?? '';
  let command = program;
  for (const word of words.slice(0, -1)) {
    command = command.commands.find((child) => child.name() === word) ?? command;
  }
  const names = command.commands
    .filter((child) => !(child as unknown as { _hidden?: boolean })._hidden)
    .map((child) => child.name());
  const options = [...command.options, ...program.options].flatMap(({ long }) => long ?? []);
  const all = begun.startsWith('-') ? [...new Set([...options, '--help'])] : names;
  return all.filter((candidate) => candidate.startsWith(begun)).sort();
}
