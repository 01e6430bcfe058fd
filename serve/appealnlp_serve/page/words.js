// The words of the page in two languages. Everything is set as text, never as markup.
const WORDS = {
  zh: {
    skip: "跳到诉求输入框", tagline: "读懂群众诉求", token: "令牌", appeal: "诉求", title: "标题（可空）", text: "诉求内容",
    received: "受理时间（可空）", area: "来件区划代码（可空）", analyze: "分析", example: "填入示例", play: "模拟来电", live: "边写边看",
    table: "上传表格", tablehelp: "csv 或 tsv，首行为列名；在浏览器中读取，分批分析，服务端不保存。", file: "文件", column: "诉求所在列",
    run: "开始分析", stop: "停止", save: "下载结果", answer: "结果", waiting: "尚无结果。写下或粘贴一条诉求，按 Ctrl+Enter。", views: "结果的不同视图",
    words: "原文", route: "派办", masked: "脱敏", correct: "更正", units: "责任单位（按可能性排列）", unitwords: "判断主办单位所依据的词语",
    deadlines: "时限", reasons: "理由", field: "哪一项不对", right: "应为", why: "说明（可空，自动脱敏）", send: "提交更正",
    kept: "保存的文字均已脱敏，到期自动删除。", boundary: "分类的是事，不是人。软件给出依据与建议，由人作出决定。",
    type: "诉求类型", target: "反映对象", topic: "主题", department: "主办单位", urgency: "紧急程度", status: "状态",
    dispatched: "可派办", review: "请人工复核", no_appeal: "不成诉求", lead: "主办", co: "协办", option: "备选",
    handoff: "立即移交", human: "人工", because: "依据", analyzing: "正在分析…", done: "分析完成", thanks: "已收到更正，保存至", none: "无",
    evidence: "紧急依据", flag: "情形", entity: "名称、地点、时间等", listening: "通话中，结果随话音更新", ended: "通话结束",
    progress: "已完成 {done} / {all} 条，其中 {bad} 条未能分析", stopped: "已停止", row: "行", failed: "未能完成：", lost: "连接中断，请重试",
    nocolumn: "文件中没有可用的行", hour: "{count} 小时内", day: "{count} 日内", "working day": "{count} 个工作日内", due: "截止", language: "English",
  },
  en: {
    skip: "Skip to the appeal", tagline: "reads citizen appeals", token: "Token", appeal: "Appeal", title: "Title (optional)",
    text: "What the citizen wrote", received: "Received at (optional)", area: "Division code (optional)", analyze: "Analyse",
    example: "Fill in an example", play: "Play as a call", live: "Update while typing", table: "Upload a table",
    tablehelp: "csv or tsv with column names in the first row; read in the browser, analysed in batches, not kept by the server.",
    file: "File", column: "Column of the appeal", run: "Start", stop: "Stop", save: "Download results", answer: "Answer",
    waiting: "Nothing yet. Write or paste an appeal and press Ctrl+Enter.", views: "Views of the answer", words: "Text", route: "Routing",
    masked: "Masked", correct: "Correct", units: "Responsible units, likeliest first", unitwords: "Words behind the lead unit",
    deadlines: "Deadlines", reasons: "Reasons", field: "What is wrong", right: "Should be", why: "Remark (optional, masked)",
    send: "Send correction", kept: "Only masked text is kept, and deleted after a set time.",
    boundary: "The matter is classified, never the citizen. The software gives reasons; a human decides.",
    type: "Type", target: "About", topic: "Topic", department: "Lead unit", urgency: "Urgency", status: "Status",
    dispatched: "can be dispatched", review: "a human should look", no_appeal: "no appeal", lead: "lead", co: "co-handling",
    option: "option", handoff: "Hand over at once", human: "to a human", because: "because of", analyzing: "Analysing…", done: "Done",
    thanks: "Thank you; kept until", none: "none", evidence: "signs of urgency", flag: "circumstances", entity: "names, places, times",
    listening: "Call running; the answer follows the words", ended: "Call ended", progress: "{done} of {all} done, {bad} could not be analysed",
    stopped: "Stopped", row: "Row", failed: "Not done: ", lost: "Connection lost; try again", nocolumn: "The file holds no usable rows",
    hour: "within {count} h", day: "within {count} days", "working day": "within {count} working days", due: "due", language: "中文",
  },
};

const KEY = "language";
let language = kept() ?? (navigator.language.startsWith("zh") ? "zh" : "en");

function kept() {
  try {
    return WORDS[localStorage.getItem(KEY)] && localStorage.getItem(KEY);
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

function keep() {
  try {
    localStorage.setItem(KEY, language);
  } catch { /* it will be asked again */ }
}

export const say = (key, values = {}) =>
  (WORDS[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

export const inChinese = () => language === "zh";

export function speak(next = language) {
  language = next;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll("[data-say-label]")) node.setAttribute("aria-label", say(node.dataset.sayLabel));
  const button = document.getElementById("language");
  button.textContent = say("language");
  button.lang = language === "zh" ? "en" : "zh-CN";
  if (next !== kept()) keep();
}
