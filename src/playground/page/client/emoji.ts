/** Emoji shortcodes to characters: the common ones, by Slack's names. An unknown name is shown as text. */

const TABLE = `
grinning 😀 smiley 😃 smile 😄 grin 😁 laughing 😆 sweat_smile 😅 joy 😂 rolling_on_the_floor_laughing 🤣 slightly_smiling_face 🙂
upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 star-struck 🤩 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 thinking_face 🤔
zipper_mouth_face 🤐 face_with_raised_eyebrow 🤨 neutral_face 😐 expressionless 😑 no_mouth 😶 smirk 😏 unamused 😒 face_with_rolling_eyes 🙄
grimacing 😬 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 nerd_face 🤓 sunglasses 😎 confused 😕 worried 😟 open_mouth 😮
hushed 😯 astonished 😲 flushed 😳 pleading_face 🥺 fearful 😨 cold_sweat 😰 cry 😢 sob 😭 scream 😱 sweat 😓 weary 😩 tired_face 😫
triumph 😤 rage 😡 angry 😠 skull 💀 ghost 👻 alien 👽 robot_face 🤖 wave 👋 raised_hand ✋ hand ✋ ok_hand 👌 v ✌️ crossed_fingers 🤞
point_left 👈 point_right 👉 point_up_2 👆 point_down 👇 point_up ☝️ +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 fist ✊ facepunch 👊 clap 👏
raised_hands 🙌 open_hands 👐 handshake 🤝 pray 🙏 writing_hand ✍️ muscle 💪 eyes 👀 brain 🧠 speech_balloon 💬 left_speech_bubble 🗨️ thought_balloon 💭 zzz 💤
heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 broken_heart 💔 sparkling_heart 💖
100 💯 boom 💥 collision 💥 dizzy 💫 sparkles ✨ star ⭐ star2 🌟 fire 🔥 zap ⚡ rainbow 🌈 sunny ☀️ cloud ☁️ snowflake ❄️ umbrella ☔
dog 🐶 cat 🐱 mouse 🐭 fox_face 🦊 bear 🐻 panda_face 🐼 tiger 🐯 frog 🐸 monkey 🐒 see_no_evil 🙈 penguin 🐧 bird 🐦 owl 🦉 bug 🐛
spider 🕷️ spider_web 🕸️ octopus 🐙 whale 🐳 snail 🐌 turtle 🐢 snake 🐍 unicorn_face 🦄 bee 🐝 butterfly 🦋 crab 🦀
seedling 🌱 evergreen_tree 🌲 cactus 🌵 four_leaf_clover 🍀 maple_leaf 🍁 mushroom 🍄 rose 🌹 sunflower 🌻 cherry_blossom 🌸
apple 🍎 banana 🍌 lemon 🍋 strawberry 🍓 avocado 🥑 pizza 🍕 hamburger 🍔 taco 🌮 cookie 🍪 cake 🍰 birthday 🎂 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine_glass 🍷 popcorn 🍿
rocket 🚀 airplane ✈️ car 🚗 bike 🚲 ship 🚢 construction 🚧 rotating_light 🚨 vertical_traffic_light 🚦 octagonal_sign 🛑 stop_sign 🛑 world_map 🗺️ house 🏠 office 🏢 globe_with_meridians 🌐
trophy 🏆 medal 🏅 first_place_medal 🥇 dart 🎯 video_game 🎮 game_die 🎲 jigsaw 🧩 art 🎨 microphone 🎤 headphones 🎧 guitar 🎸 tada 🎉 confetti_ball 🎊 balloon 🎈 gift 🎁
computer 💻 desktop_computer 🖥️ keyboard ⌨️ iphone 📱 phone ☎️ battery 🔋 electric_plug 🔌 floppy_disk 💾 cd 💿 camera 📷 tv 📺 bulb 💡 flashlight 🔦 satellite_antenna 📡
books 📚 book 📖 notebook 📓 page_facing_up 📄 page_with_curl 📃 newspaper 📰 bookmark 🔖 label 🏷️ memo 📝 pencil 📝 pencil2 ✏️ pushpin 📌 round_pushpin 📍 paperclip 📎 scissors ✂️
file_folder 📁 open_file_folder 📂 card_index_dividers 🗂️ calendar 📅 date 📅 bar_chart 📊 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 clipboard 📋 wastebasket 🗑️
lock 🔒 unlock 🔓 key 🔑 hammer 🔨 wrench 🔧 nut_and_bolt 🔩 gear ⚙️ hammer_and_wrench 🛠️ toolbox 🧰 link 🔗 magnet 🧲 thread 🧵 yarn 🧶 test_tube 🧪 microscope 🔬 telescope 🔭
package 📦 mailbox 📫 email 📧 envelope ✉️ incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 loudspeaker 📢 mega 📣 bell 🔔 no_bell 🔕 moneybag 💰 dollar 💵 credit_card 💳 receipt 🧾 gem 💎
hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚ alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ clock1 🕐 repeat 🔁 arrows_counterclockwise 🔄 twisted_rightwards_arrows 🔀
arrow_forward ▶️ double_vertical_bar ⏸️ black_square_for_stop ⏹️ fast_forward ⏩ next_track_button ⏭️ rewind ⏪ arrow_up ⬆️ arrow_down ⬇️ arrow_heading_down ⤵️ arrow_heading_up ⤴️ arrow_left ⬅️ arrow_right ➡️ arrow_right_hook ↪️ leftwards_arrow_with_hook ↩️
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_plus_sign ➕ heavy_minus_sign ➖ question ❓ grey_question ❔ exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️ interrobang ⁉️
warning ⚠️ no_entry ⛔ no_entry_sign 🚫 information_source ℹ️ recycle ♻️ shield 🛡️ mag 🔍 mag_right 🔎 checkered_flag 🏁 triangular_flag_on_post 🚩 white_flag 🏳️
red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 large_purple_circle 🟣 white_circle ⚪ black_circle ⚫ large_red_square 🟥 large_green_square 🟩
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ zero 0️⃣ copyright ©️ registered ®️ tm ™️
`;

export const EMOJI: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split('\n')
    .flatMap((line) => {
      const words = line.trim().split(' ');
      const pairs: [string, string][] = [];
      for (let at = 0; at + 1 < words.length; at += 2) pairs.push([words[at] ?? '', words[at + 1] ?? '']);
      return pairs;
    }),
);

/** Offered first in the picker. */
export const QUICK_EMOJI = [
  '+1',
  'white_check_mark',
  'eyes',
  'tada',
  'heart',
  'octagonal_sign',
  'thread',
  'rocket',
] as const;
