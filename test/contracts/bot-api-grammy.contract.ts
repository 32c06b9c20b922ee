import { Bot, GrammyError, InlineKeyboard, InputFile } from 'grammy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BotApiUnderTest } from './bot-api.contract.ts';

/** The same servers with the real client: long polling, a tap's round trip, edits, documents. */
export function botApiGrammyContract(name: string, create: () => Promise<BotApiUnderTest>): void {
  describe(`grammY against ${name}`, () => {
    let world: BotApiUnderTest;
    let bot: Bot;
    beforeEach(async () => {
      world = await create();
      bot = new Bot(world.token, { client: { apiRoot: world.apiRoot } });
    });
    afterEach(async () => {
      if (bot.isRunning()) await bot.stop();
      await world.close();
    });
    const start = () => new Promise<void>((onStart) => void bot.start({ onStart: () => onStart() }));

    test('a command, its keyboard, the tap, its answer and the edit make the round', async () => {
      bot.command('go', (context) =>
        context.reply('<b>Ready?</b>', {
          parse_mode: 'HTML',
          reply_markup: new InlineKeyboard().text('Yes', 'yes'),
        }),
      );
      bot.callbackQuery('yes', async (context) => {
        await context.answerCallbackQuery({ text: 'Done.' });
        await context.editMessageText('Gone.');
      });
      await start();
      world.person.says('/go');
      await world.person.seesButton('Yes');
      expect(await world.person.presses('Yes')).toEqual({ text: 'Done.', alert: false });
      const edited = await world.person.sees(({ text }) => text === 'Gone.');
      expect(edited.reply_markup).toBeUndefined();
    });

    test('a bot that stops has confirmed what it handled; the next one starts after it', async () => {
      const heard: string[] = [];
      const listen = (one: Bot) =>
        one.on('message:text', (context) => {
          heard.push(context.message.text);
          return context.reply(`heard ${context.message.text}`);
        });
      listen(bot);
      await start();
      world.person.says('one');
      await world.person.sees(({ text }) => text === 'heard one');
      await bot.stop();
      world.person.says('two');
      bot = new Bot(world.token, { client: { apiRoot: world.apiRoot } });
      listen(bot);
      await start();
      await world.person.sees(({ text }) => text === 'heard two');
      expect(heard).toEqual(['one', 'two']);
    });

    test('a reply reaches the bot with the message it answers', async () => {
      const prompt = await bot.api.sendMessage(world.chatId, 'Why?', {
        reply_markup: { force_reply: true, input_field_placeholder: 'Reason' },
      });
      bot.on('message:text', (context) =>
        context.reply(`to ${context.message.reply_to_message?.message_id}`),
      );
      await start();
      world.person.replies(prompt.message_id, 'Because');
      await world.person.sees(({ text }) => text === `to ${prompt.message_id}`);
    });

    test('CHAT-16: an edit by the person comes as edited_message', async () => {
      bot.on('edited_message:text', (context) => context.reply(`now ${context.editedMessage.text}`));
      const said = world.person.says('draft');
      await start();
      world.person.edits(said.message_id, 'better draft');
      await world.person.sees(({ text }) => text === 'now better draft');
    });

    test('documents and commands pass the real client', async () => {
      const sent = await bot.api.sendDocument(world.chatId, new InputFile(Buffer.from('a\nb\n'), 'run.log'), {
        caption: '<i>tail</i>',
        parse_mode: 'HTML',
        disable_notification: true,
      });
      expect(sent).toMatchObject({ document: { file_name: 'run.log', file_size: 4 }, caption: 'tail' });
      await bot.api.setMyCommands([{ command: 'help', description: 'Help' }]);
      expect(await bot.api.getMyCommands()).toEqual([{ command: 'help', description: 'Help' }]);
    });

    test('a refusal is a GrammyError with code and description', async () => {
      const failed = bot.api.editMessageText(world.chatId, 4242, 'x');
      await expect(failed).rejects.toBeInstanceOf(GrammyError);
      await expect(failed).rejects.toMatchObject({
        error_code: 400,
        description: 'Bad Request: message to edit not found',
      });
    });
  });
}
